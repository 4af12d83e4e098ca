using Microsoft.ML;

namespace Dtic.MLNet.Evaluation;

/// <summary>What <see cref="ClickEvaluationCatalog.EvaluateClicks(BinaryClassificationCatalog, IDataView, ClickEvaluationOptions)"/> reads and how.</summary>
public sealed class ClickEvaluationOptions : ScoredColumnOptions
{
    /// <summary>The score that rows are ranked by, Single; any rising function of the probability will do.</summary>
    /// <value>Default: <c>Score</c>.</value>
    public string ScoreColumnName { get; set; } = "Score";

    /// <summary>The user: text, an integer or a key. Null: all rows count as independent, and figures within users are left out.</summary>
    /// <value>Default: null.</value>
    public string? UserColumnName { get; set; }

    /// <summary>The depths k of NDCG@k, from 1 on.</summary>
    /// <value>Default: 5, 10.</value>
    public IReadOnlyList<int> RankingDepths { get; set; } = [5, 10];

    /// <summary>Number of bins of the calibration curve, from 2 to 1000. More bins show more and make chance weigh more in the calibration error.</summary>
    /// <value>Default: 10.</value>
    public int NumberOfCalibrationBins { get; set; } = 10;

    /// <summary>How probabilities are put into bins.</summary>
    /// <value>Default: <see cref="CalibrationBinning.EqualMass"/>.</value>
    public CalibrationBinning CalibrationBinning { get; set; }

    internal override IEnumerable<string> BrokenRules()
    {
        foreach (string rule in base.BrokenRules()) yield return rule;
        if (string.IsNullOrEmpty(ScoreColumnName)) yield return $"{nameof(ScoreColumnName)} must be given.";
        if (RankingDepths is null || RankingDepths.Any(depth => depth < 1)) yield return $"{nameof(RankingDepths)} ({string.Join(", ", RankingDepths ?? [])}) must be 1 or more each.";
        if (NumberOfCalibrationBins is < 2 or > 1000) yield return FormattableString.Invariant($"{nameof(NumberOfCalibrationBins)} ({NumberOfCalibrationBins}) must be from 2 to 1000.");
        if (!Enum.IsDefined(CalibrationBinning)) yield return FormattableString.Invariant($"{nameof(CalibrationBinning)} ({CalibrationBinning}) must be one of {string.Join(", ", Enum.GetNames<CalibrationBinning>())}.");
    }
}
