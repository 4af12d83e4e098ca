namespace Dtic.Transforms.Checks;

/// <summary>How a second pass over a view differs from the first.</summary>
internal enum Repetition
{
    /// <summary>In nothing.</summary>
    Same,

    /// <summary>The same rows came in another order.</summary>
    OtherOrder,

    /// <summary>Other rows came.</summary>
    OtherRows,
}

/// <summary>What stands for the users, times and outcomes of a pass: two passes over a view that repeats itself have the same.</summary>
internal struct PassHash
{
    /// <summary>What to do about a source that does not repeat itself.</summary>
    /// <remarks>All columns are named, because ML.NET else caches each one in the pass that asks for it first, and so makes rows that never were.</remarks>
    public const string ReadOnce = "read it once, all columns together: mlContext.Data.Cache(data, [.. data.Schema.Select(column => column.Name)]).";

    private ulong _sum;   // the same in every order
    private ulong _chain;

    /// <summary>How many rows came.</summary>
    public long Rows { get; private set; }

    /// <summary>Counts the row that the reader is on.</summary>
    public void Add(InteractionReader reader)
    {
        ulong row = RowHash.Add(RowHash.Add(reader.UserHash, (ulong)reader.Instant), reader.Clicked switch { true => 1, false => 0, null => 2 });
        _sum += row;
        _chain = RowHash.Add(_chain, row);
        Rows++;
    }

    /// <summary>How that pass differs from this one.</summary>
    public readonly Repetition Compare(PassHash other) =>
        (Rows, _sum) != (other.Rows, other._sum) ? Repetition.OtherRows : _chain != other._chain ? Repetition.OtherOrder : Repetition.Same;
}
