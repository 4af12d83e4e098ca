using Dtic.Transforms.Data;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>Goes through the prompts of one user after the other and lays a prompt out when one of its columns is asked for.</summary>
internal sealed class PackedCursor : SerialCursor
{
    private readonly PackedSchema _schema;
    private readonly PromptTemplate _template;
    private readonly UserHistories _histories;
    private readonly PromptBuilder _builder = new();
    private readonly bool _withTokens;
    private readonly bool _withKnown;
    private IEnumerator<PlannedPrompt>? _plan;
    private int[] _known = [];
    private int[]? _knownRows;
    private PromptParts? _parts;
    private int[]? _targetPositions;
    private int[]? _targetRows;

    public PackedCursor(IDataView source, PackedSchema schema, PromptTemplate template, Vocabulary vocabulary, bool[] active)
        : base(schema.Output, active)
    {
        _schema = schema;
        _template = template;
        _withTokens = active[PackedSchema.FirstPromptColumn] || active[PackedSchema.FirstPromptColumn + 1];
        _withKnown = active[PackedSchema.FirstPromptColumn + 2];
        var buffered = schema.TargetColumns.Where((_, index) => active[PackedSchema.FirstTargetColumn + index]).ToList();
        if (active[0])
        {
            buffered.Add(schema.Interactions.User);
        }

        // A wrong label is an error wherever labels are handed on, also where no prompt is asked for.
        bool readLabels = _withTokens || (schema.Interactions.Label is { } label && buffered.Any(column => column.Index == label.Index));
        _histories = new UserHistories(source, schema.Interactions, template, _withTokens ? vocabulary : null, readLabels, buffered);
    }

    private InteractionTable Table => _histories.Table;

    /// <inheritdoc/>
    protected override bool Advance()
    {
        _parts = null;
        _targetPositions = null;
        _targetRows = null;
        while (_plan?.MoveNext() != true)
        {
            if (!_histories.MoveNext())
            {
                return false;
            }

            _plan = PromptPlan.Plan(Table, _histories.Rows, _template.ContextLength, _template.TargetsPerPrompt).GetEnumerator();
        }

        return true;
    }

    /// <inheritdoc/>
    protected override Delegate CreateGetter(int column)
    {
        if (column == 0)
        {
            return Table.Buffers[_schema.Interactions.User.Index].CreateScalarGetter(() => TargetRows().Span[0]);
        }

        if (column == _schema.RowNumberColumn)
        {
            return (ValueGetter<VBuffer<long>>)RowNumbers;
        }

        return column < PackedSchema.HistoryLengthColumn
            ? PromptParts.CreateGetter(column - PackedSchema.FirstPromptColumn, Parts)
            : column == PackedSchema.HistoryLengthColumn
            ? (ValueGetter<VBuffer<int>>)HistoryLengths
            : Table.Buffers[_schema.TargetColumns[column - PackedSchema.FirstTargetColumn].Index].CreateVectorGetter(TargetRows);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _plan?.Dispose();
            _histories.Dispose();
        }

        base.Dispose(disposing);
    }

    private ReadOnlyMemory<int> TargetRows()
    {
        RequireRow();
        return _targetRows ??= Array.ConvertAll(TargetPositions(), position => _plan!.Current.Rows[position]);
    }

    /// <summary>Where the prompt's targets stand among its rows.</summary>
    private int[] TargetPositions()
    {
        RequireRow();
        var (rows, range, _) = _plan!.Current;
        return _targetPositions ??= [.. Enumerable.Range(range.FirstTarget, range.End - range.FirstTarget).Where(position => Table.IsTarget(rows[position]))];
    }

    private void HistoryLengths(ref VBuffer<int> value)
    {
        int[] positions = TargetPositions();
        var editor = VBufferEditor.Create(ref value, positions.Length);
        for (int i = 0; i < positions.Length; i++)
        {
            editor.Values[i] = _plan!.Current.Earlier + positions[i];
        }

        value = editor.Commit();
    }

    private void RowNumbers(ref VBuffer<long> value)
    {
        var rows = TargetRows().Span;
        var editor = VBufferEditor.Create(ref value, rows.Length);
        for (int i = 0; i < rows.Length; i++)
        {
            editor.Values[i] = Table.SourceRow(rows[i]);
        }

        value = editor.Commit();
    }

    private PromptParts Parts()
    {
        RequireRow();
        return _parts ??= Build(_plan!.Current);
    }

    // What is not active was not read and stays empty: known outcomes need no tokens, and tokens no known outcomes.
    private PromptParts Build(PlannedPrompt prompt)
    {
        var (rows, range, _) = prompt;
        if (_withKnown && rows != _knownRows)
        {
            _known = _schema.Interactions.OutcomeRule.CountKnown(Array.ConvertAll(rows, Table.Time));
            _knownRows = rows;
        }

        _builder.Begin(_withTokens ? Table.Prefix(rows[0]) : []);
        for (int i = range.Begin; i < range.End; i++)
        {
            int row = rows[i];
            bool isTarget = i >= range.FirstTarget && Table.IsTarget(row);
            _builder.Add(_withTokens ? Table.Items(row) : [], isTarget, Table.Outcome(row), _withKnown ? Math.Max(0, _known[i] - range.Begin) : 0);
        }

        return _builder.Finish();
    }
}
