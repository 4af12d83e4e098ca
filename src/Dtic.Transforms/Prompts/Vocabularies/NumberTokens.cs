namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>The tokens of one numeric column: missing first, then one per quantile bin. Thread-safe.</summary>
internal sealed class NumberTokens
{
    private readonly double[] _edges;

    public NumberTokens(string column, int firstToken, double[] edges)
    {
        Column = column;
        Missing = firstToken;
        _edges = edges;
    }

    public string Column { get; }

    /// <summary>Where one bin ends and the next begins, ascending; an edge belongs to the bin below it.</summary>
    public ReadOnlySpan<double> Edges => _edges;

    /// <summary>The token of NaN.</summary>
    public int Missing { get; }

    public int BinCount => _edges.Length + 1;

    public int TokenCount => BinCount + 1;

    public int Encode(double value)
    {
        if (double.IsNaN(value))
        {
            return Missing;
        }
        int found = Array.BinarySearch(_edges, value);
        return Missing + 1 + (found < 0 ? ~found : found);
    }
}
