using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Data;

/// <summary>The part of a cursor that is the same for all of ours: position, active columns, getters made once and checked.</summary>
internal abstract class SerialCursor : DataViewRowCursor
{
    private readonly bool[] _active;
    private readonly Delegate?[] _getters;
    private long _position = -1;
    private bool _done;

    protected SerialCursor(DataViewSchema schema, bool[] active)
    {
        Schema = schema;
        _active = active;
        _getters = new Delegate?[schema.Count];
    }

    /// <inheritdoc/>
    public sealed override DataViewSchema Schema { get; }

    /// <inheritdoc/>
    public sealed override long Position => _position;

    /// <inheritdoc/>
    public sealed override long Batch => 0;

    /// <inheritdoc/>
    public sealed override bool IsColumnActive(DataViewSchema.Column column) => _active[Schema.IndexOf(column)];

    /// <inheritdoc/>
    public sealed override ValueGetter<DataViewRowId> GetIdGetter() => (ref DataViewRowId value) =>
    {
        RequireRow();
        value = new DataViewRowId((ulong)_position, 0);
    };

    /// <inheritdoc/>
    public sealed override bool MoveNext()
    {
        if (!_done && Advance())
        {
            _position++;
            return true;
        }

        _done = true;
        _position = -1;
        return false;
    }

    /// <inheritdoc/>
    public sealed override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int index = Schema.IndexOf(column);
        if (!_active[index])
        {
            throw new InvalidOperationException($"Column '{column.Name}' is not active in this cursor.");
        }

        var getter = _getters[index] ??= CreateGetter(index);
        return getter as ValueGetter<TValue> ?? throw SourceSchema.WrongGetter(Schema[index], typeof(TValue));
    }

    /// <summary>Throws when the cursor stands before the first or behind the last row.</summary>
    protected void RequireRow()
    {
        if (_position < 0)
        {
            throw new InvalidOperationException("The cursor is not on a row.");
        }
    }

    /// <summary>Goes to the next row; false when there is none, and then it is not called again.</summary>
    protected abstract bool Advance();

    /// <summary>The <see cref="ValueGetter{TValue}"/> of a column's raw type. Called once per active column.</summary>
    protected abstract Delegate CreateGetter(int column);
}
