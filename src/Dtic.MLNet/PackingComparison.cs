using System.Globalization;

namespace Dtic.MLNet;

/// <summary>How far packed scores of targets are from those of the same targets one at a time; made by <see cref="DticDiagnostics"/>.</summary>
/// <remarks>Areas and log-losses count the targets that have a label. Log-losses are in bits, as ML.NET's evaluator gives them.</remarks>
public sealed class PackingComparison
{
    internal PackingComparison()
    {
    }

    /// <summary>Number of targets scored both ways.</summary>
    public required long NumberOfTargets { get; init; }

    /// <summary>Those of them that have a label.</summary>
    public required long NumberOfLabeledTargets { get; init; }

    /// <summary>Greatest absolute difference between the two logits (Score) of a target.</summary>
    public required double MaximumDifference { get; init; }

    /// <summary>Mean absolute difference between the two logits (Score) of a target.</summary>
    public required double MeanDifference { get; init; }

    /// <summary>Area under the ROC curve of the packed scores; NaN unless both classes are there.</summary>
    public required double PackedAreaUnderRocCurve { get; init; }

    /// <summary>Area under the ROC curve of the scores one at a time; NaN unless both classes are there.</summary>
    public required double SlidingWindowAreaUnderRocCurve { get; init; }

    /// <summary>The packed area minus the other; NaN unless both classes are there.</summary>
    public double AreaUnderRocCurveDifference => PackedAreaUnderRocCurve - SlidingWindowAreaUnderRocCurve;

    /// <summary>Log-loss of the packed scores, in bits; NaN without labels.</summary>
    public required double PackedLogLoss { get; init; }

    /// <summary>Log-loss of the scores one at a time, in bits; NaN without labels.</summary>
    public required double SlidingWindowLogLoss { get; init; }

    /// <summary>Everything in two or three lines.</summary>
    public override string ToString()
    {
        string difference = string.Create(
            CultureInfo.InvariantCulture,
            $"{NumberOfTargets:N0} targets, packed and one at a time: logits differ by at most {MaximumDifference:G3}, by {MeanDifference:G3} on average");
        return NumberOfLabeledTargets == 0 ? difference : string.Create(
            CultureInfo.InvariantCulture,
            $"{difference}\nAUC {PackedAreaUnderRocCurve:F6} packed, {SlidingWindowAreaUnderRocCurve:F6} one at a time: difference {AreaUnderRocCurveDifference:F6}"
            + $"\nLogLoss {PackedLogLoss:F6} bits packed, {SlidingWindowLogLoss:F6} one at a time");
    }
}
