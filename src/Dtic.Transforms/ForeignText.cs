using System.Globalization;
using System.Text;

namespace Dtic.Transforms;

/// <summary>Text out of a file in a message: it may be long, and hold characters that a terminal or a log obeys.</summary>
internal static class ForeignText
{
    private const int Longest = 100;

    /// <summary>The text, cut after <paramref name="longest"/> characters, with what cannot be seen written as \u and its number.</summary>
    public static string Shown(string text, int longest = Longest)
    {
        var shown = new StringBuilder();
        foreach (var letter in text.EnumerateRunes())
        {
            if (longest-- == 0)
            {
                return shown.Append("...").ToString();
            }

            if (IsVisible(letter))
            {
                shown.Append(letter);
            }
            else
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\u{letter.Value:X4}");
            }
        }

        return shown.ToString();
    }

    /// <summary>What a JSON reader reported; it quotes the file.</summary>
    public static string Shown(Exception exception) => Shown(exception.Message, longest: 300);

    private static bool IsVisible(Rune letter) => Rune.GetUnicodeCategory(letter)
        is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
