using System.Globalization;
using System.Text.Json.Serialization;

namespace Dtic.MLNet;

/// <summary>What an epoch of training takes on given prompts, and what the same targets would take in sliding windows, one prompt each; see <see cref="DticTrainer.EstimateCost"/>.</summary>
public sealed class TrainingCost
{
    [JsonConstructor]
    internal TrainingCost()
    {
    }

    /// <summary>Targets with a label.</summary>
    public required long NumberOfTargets { get; init; }

    /// <summary>Prompts that hold them.</summary>
    public required int NumberOfPrompts { get; init; }

    /// <summary>Number of weights.</summary>
    public required long NumberOfParameters { get; init; }

    /// <summary>Worker threads; each needs memory of its own.</summary>
    public required int NumberOfWorkers { get; init; }

    /// <summary>The prompts as they are.</summary>
    public required EpochCost Packed { get; init; }

    /// <summary>A prompt for each target, all else equal.</summary>
    public required EpochCost SlidingWindow { get; init; }

    /// <summary>How many times as many tokens sliding windows have.</summary>
    public double TokenRatio => (double)SlidingWindow.Tokens / Packed.Tokens;

    /// <summary>How many times as many operations sliding windows take.</summary>
    public double FlopRatio => SlidingWindow.Flops / Packed.Flops;

    /// <summary>Everything in one line.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"An epoch has {Packed.Tokens:N0} tokens and takes {Packed.Flops / 1e9:N1} GFLOP; in sliding windows {SlidingWindow.Tokens:N0} ({TokenRatio:F1} times) and "
        + $"{SlidingWindow.Flops / 1e9:N1} GFLOP ({FlopRatio:F1} times). Memory about {Mebibytes(Packed):N0} MiB, in sliding windows {Mebibytes(SlidingWindow):N0} MiB.");

    private static double Mebibytes(EpochCost cost) => cost.PeakMemory / (1024.0 * 1024.0);
}
