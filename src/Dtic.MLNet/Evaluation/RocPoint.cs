namespace Dtic.MLNet.Evaluation;

/// <summary>What predicting a click from a threshold on would give; a point of the ROC curve and of the precision-recall curve.</summary>
public sealed class RocPoint
{
    internal RocPoint()
    {
    }

    /// <summary>Rows with at least this score are predicted to be clicked.</summary>
    public required double Threshold { get; init; }

    /// <summary>Share of the negatives that are predicted to be clicked.</summary>
    public required double FalsePositiveRate { get; init; }

    /// <summary>Share of the positives that are, or recall.</summary>
    public required double TruePositiveRate { get; init; }

    /// <summary>Share of positives among those predicted to be clicked.</summary>
    public required double Precision { get; init; }
}
