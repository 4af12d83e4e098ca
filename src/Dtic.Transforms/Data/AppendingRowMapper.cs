using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Data;

/// <summary>Maps a row to the same row with columns appended, which depend on columns of the source.</summary>
/// <remarks>Thread-safe; rows belong to one thread at a time.</remarks>
internal sealed class AppendingRowMapper : IRowToRowMapper
{
    private readonly DataViewSchema.Column[] _dependencies;
    private readonly Func<DataViewRow, Func<int, Delegate>> _open;

    /// <param name="inputSchema">The schema of the rows to come. ML.NET compares schemas by reference, so both stay these instances.</param>
    /// <param name="outputSchema">The input's columns, then the appended ones.</param>
    /// <param name="dependencies">The source columns that every appended column is computed from.</param>
    /// <param name="open">For a row, what makes the getter of an appended column, counted from 0.</param>
    public AppendingRowMapper(
        DataViewSchema inputSchema, DataViewSchema outputSchema, IEnumerable<DataViewSchema.Column> dependencies, Func<DataViewRow, Func<int, Delegate>> open)
    {
        InputSchema = inputSchema;
        OutputSchema = outputSchema;
        _dependencies = [.. dependencies];
        _open = open;
    }

    /// <inheritdoc/>
    public DataViewSchema InputSchema { get; }

    /// <inheritdoc/>
    public DataViewSchema OutputSchema { get; }

    /// <inheritdoc/>
    public IEnumerable<DataViewSchema.Column> GetDependencies(IEnumerable<DataViewSchema.Column> dependingColumns)
    {
        var needed = new SortedSet<int>();
        foreach (var column in dependingColumns)
        {
            int index = OutputSchema.IndexOf(column);
            needed.UnionWith(index < InputSchema.Count ? [index] : _dependencies.Select(dependency => dependency.Index));
        }

        return [.. needed.Select(index => InputSchema[index])];
    }

    /// <inheritdoc/>
    public DataViewRow GetRow(DataViewRow input, IEnumerable<DataViewSchema.Column> activeColumns)
    {
        if (!ReferenceEquals(input.Schema, InputSchema))
        {
            throw new ArgumentException("The row is of another schema than the mapper.", nameof(input));
        }

        var active = new bool[OutputSchema.Count];
        foreach (var column in activeColumns)
        {
            active[OutputSchema.IndexOf(column)] = true;
        }

        return new Row(this, input, active);
    }

    private sealed class Row : DataViewRow
    {
        private readonly AppendingRowMapper _mapper;
        private readonly DataViewRow _source;
        private readonly bool[] _active;
        private readonly Delegate?[] _getters;
        private Func<int, Delegate>? _createGetter;

        public Row(AppendingRowMapper mapper, DataViewRow source, bool[] active)
        {
            _mapper = mapper;
            _source = source;
            _active = active;
            _getters = new Delegate?[mapper.OutputSchema.Count - mapper.InputSchema.Count];
        }

        public override DataViewSchema Schema => _mapper.OutputSchema;

        public override long Position => _source.Position;

        public override long Batch => _source.Batch;

        public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

        public override bool IsColumnActive(DataViewSchema.Column column) => _active[Schema.IndexOf(column)];

        public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
        {
            int index = Schema.IndexOf(column);
            if (!_active[index])
            {
                throw new InvalidOperationException($"Column '{column.Name}' is not active in this row.");
            }

            int appended = index - _mapper.InputSchema.Count;
            if (appended < 0)
            {
                return _source.GetGetter<TValue>(_mapper.InputSchema[index]);
            }

            _createGetter ??= _mapper._open(_source);
            var getter = _getters[appended] ??= _createGetter(appended);
            return getter as ValueGetter<TValue> ?? throw SourceSchema.WrongGetter(Schema[index], typeof(TValue));
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
            {
                _source.Dispose();
            }

            base.Dispose(disposing);
        }
    }
}
