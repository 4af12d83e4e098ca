using System.Text.Json.Serialization;

namespace Dtic.MLNet.Training;

/// <summary>What the training loop needs to know; checked and documented as <see cref="DticTrainer.Options"/>.</summary>
internal sealed record TrainingOptions(
    int NumberOfEpochs, int BatchSize, double LearningRate, double WeightDecay, double DropoutRate, double WarmupFraction,
    double MaximumGradientNorm, int MaximumTokensPerPass, int NumberOfThreads, int Seed, bool OneDnnMatrixProducts = false)
{
    public double PositiveInstanceWeight { get; init; } = 1;

    public double LabelSmoothing { get; init; }

    public ValidationMetric ValidationMetric { get; init; }

    public int ValidationsPerEpoch { get; init; } = 1;

    public int? ValidationInterval { get; init; }

    public int? EarlyStoppingRounds { get; init; }

    [JsonIgnore]   // decides what a cancelled run gives, not the numbers of one that goes on
    public bool ReturnBestWhenCancelled { get; init; }

    /// <summary>The mode asked for; null for the default.</summary>
    public ScoringMode? ScoringMode { get; init; }
}
