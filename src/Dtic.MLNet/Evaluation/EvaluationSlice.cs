namespace Dtic.MLNet.Evaluation;

/// <summary>Figures of the rows that have something in common; a part of <see cref="ClickMetrics"/>.</summary>
public sealed class EvaluationSlice
{
    internal EvaluationSlice()
    {
    }

    /// <summary>What rows are told apart by: <c>History length</c> or <c>Item</c>.</summary>
    public required string Dimension { get; init; }

    /// <summary>What these rows have in common, for instance <c>5 to 19</c>, or <c>seen</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Number of rows. A slice without any is left out.</summary>
    public required long Count { get; init; }

    /// <summary>Share of rows with a label of 1.</summary>
    public required double PositiveRate { get; init; }

    /// <summary>Area under the ROC curve; NaN with one class.</summary>
    public required double AreaUnderRocCurve { get; init; }

    /// <summary>Of the area, as <see cref="ClickMetrics.AreaUnderRocCurveInterval"/>.</summary>
    public required ConfidenceInterval AreaUnderRocCurveInterval { get; init; }

    /// <summary>Log-loss over the entropy of this slice's own <see cref="PositiveRate"/>; NaN with one class.</summary>
    public required double NormalizedEntropy { get; init; }

    /// <summary>As <see cref="ClickMetrics.ExpectedCalibrationError"/>. Of few rows it is high by chance alone.</summary>
    public required double ExpectedCalibrationError { get; init; }
}
