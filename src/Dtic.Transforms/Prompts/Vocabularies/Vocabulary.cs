using System.Security.Cryptography;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// All tokens of a model: the special ones, then each categorical column's, then each numeric column's, then the subwords of text. Immutable, thread-safe.
/// </summary>
internal sealed class Vocabulary
{
    private readonly CategoryTokens[] _categories;
    private readonly NumberTokens[] _numbers;
    private readonly TextTokens? _text;
    private readonly List<string> _names;

    /// <summary>Gives out the ids; both names and ids follow from the arguments alone.</summary>
    /// <param name="categories">Categorical columns and their values that get a token.</param>
    /// <param name="numbers">Numeric columns and the edges of their bins.</param>
    /// <param name="learnMerges">Given the names of the tokens before, the merges of the subwords; null without text.</param>
    public Vocabulary(
        IEnumerable<(string Column, IReadOnlyList<string> Values)> categories,
        IEnumerable<(string Column, double[] Edges)> numbers,
        Func<IReadOnlyList<string>, IReadOnlyList<SubwordMerge>>? learnMerges)
    {
        _names = [.. SpecialToken.Names];
        _categories = [.. categories.Select(column => AddNames(new CategoryTokens(column.Column, _names.Count, column.Values)))];
        _numbers = [.. numbers.Select(column => AddNames(new NumberTokens(column.Column, _names.Count, column.Edges)))];
        NamedTokens = _names.Count;
        if (learnMerges != null)
        {
            _text = new TextTokens(_names.Count, learnMerges(_names));
            _names.AddRange(_text.Spellings);
        }
        var file = TokenizerJsonWriter.Write(this).Span;
        (Hash, FileLength) = (Convert.ToHexStringLower(SHA256.HashData(file)), file.Length);
    }

    /// <summary>Number of token ids; ids are 0 to Size - 1.</summary>
    public int Size => _names.Count;

    /// <summary>Lower-case hexadecimal SHA-256 of the bytes that <see cref="Save"/> writes.</summary>
    public string Hash { get; }

    /// <summary>How many bytes <see cref="Save"/> writes.</summary>
    public int FileLength { get; }

    /// <summary>Whether text columns were learned.</summary>
    public bool HasText => _text != null;

    /// <summary>The subwords of text.</summary>
    /// <exception cref="InvalidOperationException">The vocabulary was learned without text columns.</exception>
    public TextTokens Text => _text ?? throw new InvalidOperationException("The vocabulary was learned without text columns: it has no subwords.");

    public IReadOnlyList<CategoryTokens> CategoricalColumns => _categories;

    public IReadOnlyList<NumberTokens> NumericColumns => _numbers;

    /// <summary>The tokens that are not subwords: ids 0 to NamedTokens - 1.</summary>
    public int NamedTokens { get; }

    /// <summary>The names by id as the file holds them: subwords in <see cref="ByteAlphabet"/>.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <exception cref="KeyNotFoundException">The vocabulary has no such column.</exception>
    public CategoryTokens Categories(string column) =>
        Array.Find(_categories, tokens => tokens.Column == column) ?? throw NotFound("categorical", column, _categories.Select(tokens => tokens.Column));

    /// <exception cref="KeyNotFoundException">The vocabulary has no such column.</exception>
    public NumberTokens Numbers(string column) =>
        Array.Find(_numbers, tokens => tokens.Column == column) ?? throw NotFound("numeric", column, _numbers.Select(tokens => tokens.Column));

    /// <summary>What a token stands for, for people.</summary>
    public string Describe(int token)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Size);
        return token < NamedTokens ? _names[token] : ByteAlphabet.Decode(_names[token]);
    }

    /// <summary>Writes tokenizer.json; equal vocabularies write equal bytes.</summary>
    public void Save(Stream stream) => stream.Write(TokenizerJsonWriter.Write(this).Span);

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <param name="stream">The content of the file.</param>
    /// <param name="name">The file's name, for messages.</param>
    /// <exception cref="ModelFormatException">The file is not such a vocabulary.</exception>
    public static Vocabulary Load(Stream stream, string name) => TokenizerJsonReader.Read(stream, name);

    private CategoryTokens AddNames(CategoryTokens tokens)
    {
        _names.Add(TokenNames.Unknown(tokens.Column));
        _names.AddRange(tokens.Values.Select(value => TokenNames.Category(tokens.Column, value)));
        return tokens;
    }

    private NumberTokens AddNames(NumberTokens tokens)
    {
        _names.Add(TokenNames.Missing(tokens.Column));
        for (int bin = 0; bin < tokens.BinCount; bin++)
        {
            _names.Add(TokenNames.Bin(tokens.Column, tokens.Edges, bin));
        }
        return tokens;
    }

    private static KeyNotFoundException NotFound(string kind, string column, IEnumerable<string> columns) =>
        new($"The vocabulary has no {kind} column '{column}'; it has {(columns.Any() ? string.Join(", ", columns.Select(name => $"'{name}'")) : "none")}.");
}
