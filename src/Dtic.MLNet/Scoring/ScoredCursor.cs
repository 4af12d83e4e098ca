using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts;
using Microsoft.ML;

namespace Dtic.MLNet.Scoring;

/// <summary>
/// Reads prompts ahead, with the values of the active columns; scores them together when the first score is asked for; serves a row per target.
/// </summary>
internal sealed class ScoredCursor : SerialCursor
{
    private const int MostPrompts = 1024;

    private readonly DataViewRowCursor _source;
    private readonly ScoredSchema _schema;
    private readonly ScoredView _view;
    private readonly Func<PackedPrompt> _readPrompt;
    private readonly PassedColumn?[] _passed;
    private readonly List<PackedPrompt> _prompts = [];
    private readonly List<int> _targetCounts = [];
    private float[][]? _scores;
    private int _prompt;
    private int _target = -1;
    private bool _sourceEnded;

    public ScoredCursor(DataViewRowCursor source, ScoredSchema schema, bool[] active, ScoredView view)
        : base(schema.Output, active)
    {
        _source = source;
        _schema = schema;
        _view = view;
        _readPrompt = schema.Prompts.Getter(source);
        _passed = [.. schema.Passed.Select((column, index) => active[index] ? PassedColumn.Create(source, column, isPerTarget: !schema.Prompts.IsRequest) : null)];
    }

    /// <inheritdoc/>
    protected override bool Advance()
    {
        _target++;
        while (_prompt >= _prompts.Count || _target >= _targetCounts[_prompt])
        {
            _target = 0;
            if (++_prompt >= _prompts.Count && !ReadAhead())
            {
                return false;
            }
        }

        return true;
    }

    /// <inheritdoc/>
    protected override Delegate CreateGetter(int column) => column < _passed.Length
        ? _passed[column]!.CreateGetter(Current)
        : ScoreColumns.CreateGetter(column - _passed.Length, Logit, _schema.Calibration);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private TargetPosition Current()
    {
        RequireRow();
        return new TargetPosition(_prompt, _target);
    }

    private float Logit()
    {
        RequireRow();
        _scores ??= _view.Score(_prompts);
        return _scores[_prompt][_target];
    }

    private bool ReadAhead()
    {
        _prompts.Clear();
        _targetCounts.Clear();
        _scores = null;
        _prompt = 0;
        for (long cost = 0; !_sourceEnded && cost < _view.TokensPerBatch && _prompts.Count < MostPrompts;)
        {
            if (!_source.MoveNext())
            {
                _sourceEnded = true;
                break;
            }

            var prompt = _readPrompt();
            int targetCount = prompt.TargetCount;
            if (_schema.Prompts.IsRequest && targetCount != 1)
            {
                throw new InvalidOperationException(FormattableString.Invariant($"A request asks for one target, but its prompt has {targetCount}."));
            }

            if (targetCount == 0)
            {
                continue;
            }

            foreach (var column in _passed)
            {
                column?.Read(_prompts.Count, targetCount);
            }

            _prompts.Add(prompt);
            _targetCounts.Add(targetCount);
            cost += _view.Cost(prompt, targetCount);
        }

        return _prompts.Count > 0;
    }
}
