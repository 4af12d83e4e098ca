using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts;
using Microsoft.ML;

namespace Dtic.MLNet.Scoring;

/// <summary>Prompts seen as one scored row per target.</summary>
internal sealed class ScoredView : SerialView
{
    private readonly ScoredSchema _schema;
    private readonly ScoringMode _mode;
    private readonly Action _firstScoring;
    private int _hasScored;

    /// <param name="source">The prompts.</param>
    /// <param name="schema">The columns.</param>
    /// <param name="scorer">Scores; the view does not own it.</param>
    /// <param name="mode">How targets are scored.</param>
    /// <param name="firstScoring">Called once, before the view's first prompts are scored.</param>
    public ScoredView(IDataView source, ScoredSchema schema, SharedScorer scorer, ScoringMode mode, Action firstScoring)
        : base(schema.Output)
    {
        Prompts = source;
        _schema = schema;
        Scorer = scorer;
        _mode = mode;
        _firstScoring = firstScoring;
    }

    /// <summary>What is scored.</summary>
    public IDataView Prompts { get; }

    /// <summary>What scores it.</summary>
    public SharedScorer Scorer { get; }

    /// <inheritdoc/>
    protected override DataViewRowCursor Open(bool[] active)
    {
        var needed = _schema.Passed.Where((_, index) => active[index]).Concat(_schema.Prompts.Columns).DistinctBy(column => column.Index);
        return new ScoredCursor(Prompts.GetRowCursor(needed), _schema, active, this);
    }

    /// <summary>Prompts that are worth reading ahead are those of so many tokens.</summary>
    public long TokensPerBatch => Scorer.TokensPerBatch;

    /// <inheritdoc cref="PromptScorer.Score"/>
    public float[][] Score(IReadOnlyList<PackedPrompt> prompts)
    {
        if (Interlocked.Exchange(ref _hasScored, 1) == 0)
        {
            _firstScoring();
        }

        return Scorer.Score(prompts, _mode);
    }

    /// <summary>Tokens that scoring a prompt encodes, at most.</summary>
    public long Cost(PackedPrompt prompt, int targetCount) => _mode == ScoringMode.Packed
        ? prompt.Tokens.Length
        : (long)prompt.Tokens.Length * Math.Min(targetCount, Scorer.Weights.Configuration.ContextLength + 1L);
}
