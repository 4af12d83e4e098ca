using System.Text;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// The alphabet that byte-level tokenizers spell tokens in, introduced by GPT-2: one visible character per byte.
/// Printable Latin-1 stands for itself, the other 68 bytes for the characters from U+0100 on, in order.
/// </summary>
internal static class ByteAlphabet
{
    public const int Size = 256;

    private static readonly string[] Letters = CreateLetters();
    private static readonly Dictionary<char, byte> Bytes = Letters.Index().ToDictionary(letter => letter.Item[0], letter => (byte)letter.Index);

    /// <summary>The character of a byte, as a string.</summary>
    public static string Letter(byte value) => Letters[value];

    /// <summary>The text that a token stands for; a token of broken UTF-8, part of a character, is shown as bytes: <c>&lt;E2 80&gt;</c>.</summary>
    public static string Decode(string token)
    {
        byte[] bytes = [.. token.Select(letter => Bytes[letter])];
        return System.Text.Unicode.Utf8.IsValid(bytes) ? Encoding.UTF8.GetString(bytes) : $"<{BitConverter.ToString(bytes).Replace('-', ' ')}>";
    }

    private static string[] CreateLetters()
    {
        var letters = new string[Size];
        char next = '\u0100';
        for (int value = 0; value < Size; value++)
        {
            bool printable = value is >= '!' and <= '~' or >= 0xA1 and <= 0xFF and not 0xAD;
            letters[value] = (printable ? (char)value : next++).ToString();
        }
        return letters;
    }
}
