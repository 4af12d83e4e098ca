namespace Dtic.Transforms.Tests.Vocabularies;

/// <summary>Seeded texts that are hard on tokenizers.</summary>
internal static class RandomText
{
    private static readonly string[] Pieces =
    [
        "a", "b", "ab", "The", " ", "  ", "\t", "\n", "\u00A0", "\u3000", "1", "1995", "12345", "\u0663", ".", "(", ")", "'", "\"", "\\", "\u00e9", "e\u0301", "\u4e2d\u6587", "\u0939\u093f",
        "\U0001F600", "\U0001F468\u200D\U0001F469", "\U0001D400", "\uD800", "\uDC00", "\0", "\u001F", "\u007F", "\u00AD", "\uFFFD", "\uFEFF", "\u2028",
    ];

    /// <summary>Any of the pieces, unpaired surrogates included.</summary>
    public static string Next(Random random, int maximumPieces) => string.Concat(Enumerable.Range(0, random.Next(maximumPieces + 1)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    /// <summary>Letters of a small alphabet and spaces: many equal counts, many overlapping pairs.</summary>
    public static string NextWords(Random random, int maximumLength, string alphabet = "aab ") =>
        string.Concat(Enumerable.Range(0, random.Next(maximumLength + 1)).Select(_ => alphabet[random.Next(alphabet.Length)]));
}
