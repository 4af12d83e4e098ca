namespace Dtic.MLNet.Evaluation;

/// <summary>One of the two views of a <see cref="ScoreDrift"/>.</summary>
public sealed class DriftSide
{
    internal DriftSide()
    {
    }

    /// <summary>Rows, labelled or not.</summary>
    public required long NumberOfRows { get; init; }

    /// <summary>Rows with a label.</summary>
    public required long NumberOfLabeledRows { get; init; }

    /// <summary>Share of labelled rows with a label of 1; NaN without labels.</summary>
    public required double PositiveRate { get; init; }

    /// <summary>Mean probability of all rows.</summary>
    public required double MeanProbability { get; init; }

    /// <summary>Share of rows whose item the training data have not; NaN where the item column was not given.</summary>
    public required double UnseenItemRate { get; init; }

    /// <summary>Calibration by time, oldest first; empty where the time column was not given.</summary>
    public required IReadOnlyList<DriftPeriod> Periods { get; init; }
}
