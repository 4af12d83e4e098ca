using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Data;

/// <summary>A source seen through a row mapper: the same rows, with the mapper's columns appended.</summary>
internal sealed class MappedView : IDataView
{
    private readonly IDataView _source;
    private readonly IRowToRowMapper _mapper;

    /// <param name="source">A view of the mapper's input schema.</param>
    /// <param name="mapper">What appends columns.</param>
    public MappedView(IDataView source, IRowToRowMapper mapper)
    {
        _source = source;
        _mapper = mapper;
    }

    /// <inheritdoc/>
    public bool CanShuffle => _source.CanShuffle;

    /// <inheritdoc/>
    public DataViewSchema Schema => _mapper.OutputSchema;

    /// <inheritdoc/>
    public long? GetRowCount() => _source.GetRowCount();

    /// <inheritdoc/>
    public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return new Cursor(_source.GetRowCursor(_mapper.GetDependencies(columns), rand), _mapper, columns);
    }

    /// <inheritdoc/>
    public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null)
    {
        DataViewSchema.Column[] columns = [.. columnsNeeded];
        return [.. _source.GetRowCursorSet(_mapper.GetDependencies(columns), n, rand).Select(cursor => new Cursor(cursor, _mapper, columns))];
    }

    private sealed class Cursor : DataViewRowCursor
    {
        private readonly DataViewRowCursor _source;
        private readonly DataViewRow _row;

        public Cursor(DataViewRowCursor source, IRowToRowMapper mapper, DataViewSchema.Column[] columns)
        {
            _source = source;
            _row = mapper.GetRow(source, columns);
        }

        public override DataViewSchema Schema => _row.Schema;

        public override long Position => _source.Position;

        public override long Batch => _source.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _row.IsColumnActive(column);

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column) => _row.GetGetter<TValue>(column);

        public override bool MoveNext() => _source.MoveNext();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _row.Dispose();   // the row owns the source cursor
            }

            base.Dispose(disposing);
        }
    }
}
