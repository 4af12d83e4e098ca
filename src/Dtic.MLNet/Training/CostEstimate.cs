using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training;

/// <summary>Goes through an epoch as the training loop does, and through the same targets one prompt each, and counts instead of computing.</summary>
internal sealed class CostEstimate(PromptStore store, ModelConfiguration model, TrainingOptions options, PromptStore? validation = null)
{
    // What the backward pass needs for a moment and what the allocator holds, on top of what is kept; measured with blocked attention.
    private const double Headroom = 1.5;

    private readonly BatchPlanner _planner = new(store, model, options.BatchSize, options.MaximumTokensPerPass, options.NumberOfThreads);
    private readonly Sum _packed = new(), _sliding = new();

    /// <summary>Counts the epoch whose order the seed decides; other orders cut other prompts at the ends of steps and cost about the same.</summary>
    public TrainingCost Run()
    {
        foreach (var parts in _planner.Epoch(options.Seed))
        {
            var packed = new List<PromptWork>(parts.Count);
            var sliding = new List<PromptWork>();
            foreach (var part in parts)
            {
                var counter = new WorkCounter(store.Targets(part.Prompt), part.FirstTarget, part.TargetCount, model.ContextLength);
                packed.Add(counter.Count(part.FirstTarget, part.TargetCount, model.ContextAttention));
                for (int target = part.FirstTarget; target < part.FirstTarget + part.TargetCount; target++)
                    if (!float.IsNaN(store.Labels(part.Prompt)[target])) sliding.Add(counter.Count(target, 1, model.ContextAttention));
            }
            Add(_packed, packed);
            Add(_sliding, sliding);
        }
        long weights = model.Weights().Sum(w => w.Shape.Aggregate(1L, (a, b) => a * b));
        return new TrainingCost
        {
            NumberOfTargets = store.LabeledCount,
            NumberOfPrompts = store.PromptCount,
            NumberOfParameters = weights,
            NumberOfWorkers = options.NumberOfThreads,
            Packed = Cost(_packed, weights, StoredBytes(store)),
            SlidingWindow = Cost(_sliding, weights, StoredBytes(_sliding.Work.Tokens, _sliding.Work.Interactions, _sliding.Work.Targets)),
        };
    }

    private void Add(Sum sum, List<PromptWork> step)
    {
        sum.LongestStep = Math.Max(sum.LongestStep, step.Sum(work => work.Tokens));
        foreach (var pass in _planner.Passes([.. step.Select(work => (int)work.Tokens)]))
        {
            var work = pass.Aggregate(default(PromptWork), (total, part) => total + step[part]);
            sum.Work += work;
            sum.LongestPass = Math.Max(sum.LongestPass, work.Tokens);
            sum.MostKept = Math.Max(sum.MostKept, work.KeptValues(model));
        }
    }

    private EpochCost Cost(Sum sum, long weights, long stored) => new()
    {
        Tokens = sum.Work.Tokens,
        AttendedPairs = sum.Work.Pairs,
        Flops = sum.Work.TrainingFlops(model),
        LongestPass = sum.LongestPass,
        PeakMemory = stored + (validation is null ? 0 : StoredBytes(validation)) + (sizeof(float) * (Trained(weights, sum.LongestStep) + (options.NumberOfThreads * (long)(Headroom * sum.MostKept)))),
    };

    /// <summary>
    /// The numbers that training keeps: the weights twice (the initial ones stay in managed memory) and AdamW's two moments; for each worker the gradients, of the
    /// embeddings those of a step's rows alone, which stand side by side with their moments; with validation the best weights, and for a moment those that take their place.
    /// </summary>
    private long Trained(long weights, long longestStep)
    {
        long embeddings = (long)model.VocabularySize * model.EmbeddingDimension, rows = Math.Min(model.VocabularySize, longestStep) * model.EmbeddingDimension;
        return (weights * (validation is null ? 4 : 6)) + (options.NumberOfThreads * (weights - embeddings + rows)) + (3 * rows);
    }

    private static long StoredBytes(PromptStore prompts) => Enumerable.Range(0, prompts.PromptCount).Sum(p => StoredBytes(
        prompts.Prompt(p).Tokens.Length, prompts.Prompt(p).InteractionCount, prompts.Targets(p).Count));

    /// <summary>A prompt is stored as its tokens, two numbers per interaction, and a place and a label per target.</summary>
    private static long StoredBytes(long tokens, long interactions, long targets) => sizeof(int) * (tokens + (2 * (interactions + targets)));

    private sealed class Sum
    {
        public PromptWork Work { get; set; }

        public long LongestStep { get; set; }

        public long LongestPass { get; set; }

        public double MostKept { get; set; }
    }
}
