using Microsoft.ML;

namespace Dtic.Transforms.Data;

/// <summary>A view with rows of its own: one cursor at a time over all rows in one order, and an unknown number of rows.</summary>
/// <remarks>Thread-safe as far as <see cref="Open(bool[])"/> is; each cursor belongs to one thread at a time.</remarks>
internal abstract class SerialView : IDataView
{
    protected SerialView(DataViewSchema schema)
    {
        Schema = schema;
    }

    /// <inheritdoc/>
    public bool CanShuffle => false;

    /// <inheritdoc/>
    public DataViewSchema Schema { get; }

    /// <summary>Null: how many rows there are is known only after a pass.</summary>
    public long? GetRowCount() => null;

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        var active = new bool[Schema.Count];
        foreach (var column in columnsNeeded)
        {
            active[Schema.IndexOf(column)] = true;
        }

        return Open(active);
    }

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) =>
        [GetRowCursor(columnsNeeded, rand)];

    /// <summary>A new cursor over the columns whose flag is set.</summary>
    protected abstract DataViewRowCursor Open(bool[] active);
}
