namespace Dtic.MLNet.Evaluation;

/// <summary>What <see cref="Microsoft.ML.ClickEvaluationCatalog.CompareDrift"/> reads and how.</summary>
public sealed class DriftOptions : ScoredColumnOptions
{
    /// <summary>The time of a row: DateTime, DateTimeOffset, an integer or Double. Null: calibration by time is left out.</summary>
    /// <value>Default: null.</value>
    public string? TimeColumnName { get; set; }

    /// <summary>Number of periods that the time of each view is cut into, with as many rows in each; from 1 to 1000.</summary>
    /// <value>Default: 6.</value>
    public int NumberOfPeriods { get; set; } = 6;

    internal override IEnumerable<string> BrokenRules()
    {
        foreach (string rule in base.BrokenRules()) yield return rule;
        if (NumberOfPeriods is < 1 or > 1000) yield return FormattableString.Invariant($"{nameof(NumberOfPeriods)} ({NumberOfPeriods}) must be from 1 to 1000.");
    }
}
