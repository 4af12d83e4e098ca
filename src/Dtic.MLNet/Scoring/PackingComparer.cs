using System.Runtime.InteropServices;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Scoring;

/// <summary>Collects prompts, scores them packed and one target at a time, and keeps both logits and the label of each target.</summary>
internal sealed class PackingComparer(PlattScaling calibration)
{
    private readonly List<PackedPrompt> _waiting = [];
    private readonly List<float> _packed = [];
    private readonly List<float> _single = [];
    private readonly List<float> _labels = [];

    /// <summary>Tokens that scoring the waiting prompts encodes, at least.</summary>
    public long Cost { get; private set; }

    /// <summary>Adds a prompt to those that wait.</summary>
    /// <exception cref="InvalidOperationException">There is not one label for each target.</exception>
    public void Add(PackedPrompt prompt, float[] labels)
    {
        if (labels.Length != prompt.TargetCount)
            throw new InvalidOperationException(FormattableString.Invariant($"A prompt of {prompt.TargetCount} targets has {labels.Length} labels."));
        if (labels.Length == 0) return;
        _waiting.Add(prompt);
        _labels.AddRange(labels);
        Cost += prompt.Tokens.Length;
    }

    /// <summary>Scores the prompts that wait.</summary>
    public void Score(SharedScorer scorer)
    {
        foreach (float[] logits in scorer.Score(_waiting, ScoringMode.Packed)) _packed.AddRange(logits);
        foreach (float[] logits in scorer.Score(_waiting, ScoringMode.OneAtATime)) _single.AddRange(logits);
        _waiting.Clear();
        Cost = 0;
    }

    /// <summary>The comparison of everything scored.</summary>
    /// <exception cref="InvalidOperationException">There was no target.</exception>
    public PackingComparison Compare()
    {
        if (_packed.Count == 0) throw new InvalidOperationException("There is nothing to compare: the data have no target. Check the target flags.");
        double greatest = 0, sum = 0;
        int labeled = 0;
        Span<float> packed = CollectionsMarshal.AsSpan(_packed), single = CollectionsMarshal.AsSpan(_single), labels = CollectionsMarshal.AsSpan(_labels);
        for (int i = 0; i < packed.Length; i++)
        {
            double difference = Math.Abs((double)packed[i] - single[i]);
            greatest = Math.Max(greatest, difference);
            sum += difference;
            if (float.IsNaN(labels[i])) continue;
            (packed[labeled], single[labeled], labels[labeled]) = (packed[i], single[i], labels[i]);   // those with a label move to the front
            labeled++;
        }
        int targets = packed.Length;
        packed = packed[..labeled];
        single = single[..labeled];
        labels = labels[..labeled];
        double packedLoss = BinaryMetrics.LogLoss(packed, labels, calibration), singleLoss = BinaryMetrics.LogLoss(single, labels, calibration);
        float[] sorted = labels.ToArray();   // each area sorts its own
        return new PackingComparison
        {
            NumberOfTargets = targets,
            NumberOfLabeledTargets = labeled,
            MaximumDifference = greatest,
            MeanDifference = sum / targets,
            PackedLogLoss = packedLoss,
            SlidingWindowLogLoss = singleLoss,
            PackedAreaUnderRocCurve = BinaryMetrics.AreaUnderRocCurve(packed, sorted),
            SlidingWindowAreaUnderRocCurve = BinaryMetrics.AreaUnderRocCurve(single, labels),
        };
    }
}
