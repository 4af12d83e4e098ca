namespace Dtic.MLNet.Evaluation;

/// <summary>A bar of the histogram of probabilities by class.</summary>
public sealed class ProbabilityBin
{
    internal ProbabilityBin()
    {
    }

    /// <summary>Least probability.</summary>
    public required double Low { get; init; }

    /// <summary>Probabilities stay below it; 1 is in the last bar.</summary>
    public required double High { get; init; }

    /// <summary>Rows with a label of 1.</summary>
    public required long Positives { get; init; }

    /// <summary>Rows with a label of 0.</summary>
    public required long Negatives { get; init; }
}
