namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>The tokens of one categorical column: unknown first, then one per frequent value. Thread-safe.</summary>
internal sealed class CategoryTokens
{
    private readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> _tokens;

    private readonly int _longest;

    public CategoryTokens(string column, int firstToken, IReadOnlyList<string> values)
    {
        Column = column;
        Unknown = firstToken;
        Values = values;
        var tokens = new Dictionary<string, int>(values.Count, StringComparer.Ordinal);
        for (int i = 0; i < values.Count; i++)
        {
            tokens.Add(values[i], firstToken + 1 + i);
            _longest = Math.Max(_longest, values[i].Length);
        }
        _tokens = tokens.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string Column { get; }

    /// <summary>The values that have a token, most frequent first; the first one's is <see cref="Unknown"/> + 1.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>The token of empty, rare and unseen values.</summary>
    public int Unknown { get; }

    public int TokenCount => Values.Count + 1;

    public int Encode(ReadOnlySpan<char> value)
    {
        if (value.Length > _longest)
        {
            return Unknown;   // however long it is
        }
        if (_tokens.TryGetValue(value, out int token))
        {
            return token;
        }
        return WellFormedText.NeedsRepair(value, out string repaired) && _tokens.TryGetValue(repaired, out token) ? token : Unknown;
    }
}
