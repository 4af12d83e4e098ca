using System.Globalization;
using System.Text;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Splits text into the words that subwords are learned from and never cross: letters, up to four digits (a year stays whole), or other
/// characters, each with the space before it; and white space. A word is at most 64 characters long, because merging is quadratic in its length.
/// </summary>
/// <remarks>Splits exactly as <see cref="Pattern"/> does on Unicode characters; .NET's regular expressions see UTF-16 units and could cut a surrogate pair.</remarks>
internal static class WordSplitter
{
    /// <summary>The same rule for readers of tokenizer.json.</summary>
    public const string Pattern = @" ?[\p{L}\p{M}]{1,64}| ?\p{N}{1,4}| ?[^\s\p{L}\p{M}\p{N}]{1,64}|\s{1,64}(?!\S)|\s{1,64}";

    private const int MaximumLength = 64;
    private const int MaximumDigits = 4;

    private enum Kind { Letter, Digit, Other, Space }

    /// <summary>The length of the word that the text begins with; the text is not empty.</summary>
    public static int FirstWordLength(ReadOnlySpan<char> text)
    {
        var kind = KindOf(text, out _);
        int length = 0;
        if (kind == Kind.Space)
        {
            if (text[0] != ' ' || text.Length == 1 || (kind = KindOf(text[1..], out _)) == Kind.Space)
            {
                return SpaceLength(text);
            }
            length = 1;
        }
        int maximum = kind == Kind.Digit ? MaximumDigits : MaximumLength;
        for (int count = 0; count < maximum && length < text.Length && KindOf(text[length..], out int width) == kind; count++)
        {
            length += width;
        }
        return length;
    }

    /// <summary>The length of the first words of a text together.</summary>
    public static int LengthOf(ReadOnlySpan<char> text, int words)
    {
        int length = 0;
        for (; words > 0 && length < text.Length; words--)
        {
            length += FirstWordLength(text[length..]);
        }
        return length;
    }

    /// <summary>The last white space before a word is left to that word.</summary>
    private static int SpaceLength(ReadOnlySpan<char> text)
    {
        int length = 1;
        while (length < MaximumLength && length < text.Length && char.IsWhiteSpace(text[length]))
        {
            length++;
        }
        bool wordFollows = length < text.Length && !char.IsWhiteSpace(text[length]);
        return wordFollows && length > 1 ? length - 1 : length;
    }

    private static Kind KindOf(ReadOnlySpan<char> text, out int width)
    {
        Rune.DecodeFromUtf16(text, out var rune, out width);   // an unpaired surrogate decodes to U+FFFD: other
        if (Rune.IsWhiteSpace(rune))
        {
            return Kind.Space;
        }
        return Rune.GetUnicodeCategory(rune) switch
        {
            <= UnicodeCategory.EnclosingMark => Kind.Letter,   // the five kinds of letters and the three of marks
            <= UnicodeCategory.OtherNumber => Kind.Digit,
            _ => Kind.Other,
        };
    }
}
