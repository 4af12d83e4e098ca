namespace Dtic.MLNet.Evaluation;

/// <summary>A point of a calibration curve: what was promised to a group of rows of like probability, and what happened.</summary>
public sealed class CalibrationBin
{
    internal CalibrationBin()
    {
    }

    /// <summary>Number of rows.</summary>
    public required long Count { get; init; }

    /// <summary>Mean of their probabilities.</summary>
    public required double MeanProbability { get; init; }

    /// <summary>Share of them with a label of 1.</summary>
    public required double ObservedRate { get; init; }
}
