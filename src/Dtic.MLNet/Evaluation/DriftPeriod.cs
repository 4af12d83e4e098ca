namespace Dtic.MLNet.Evaluation;

/// <summary>A stretch of time of a <see cref="DriftSide"/>, and what was promised and observed in it.</summary>
public sealed class DriftPeriod
{
    internal DriftPeriod()
    {
    }

    /// <summary>Time of the first row: calendar times as <c>2026-01-31 08:00</c>, UTC where the column has offsets; numbers as they are.</summary>
    public required string Begin { get; init; }

    /// <summary>Time of the last row.</summary>
    public required string End { get; init; }

    /// <summary>Rows, labelled or not.</summary>
    public required long NumberOfRows { get; init; }

    /// <summary>Rows with a label.</summary>
    public required long NumberOfLabeledRows { get; init; }

    /// <summary>Mean probability of the labelled rows, or of all where none is labelled.</summary>
    public required double MeanProbability { get; init; }

    /// <summary>Share of labelled rows with a label of 1; NaN without labels.</summary>
    public required double PositiveRate { get; init; }
}
