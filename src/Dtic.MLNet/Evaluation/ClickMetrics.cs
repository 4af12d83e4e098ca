using System.Globalization;
using System.Text;

namespace Dtic.MLNet.Evaluation;

/// <summary>How good click probabilities are; made by <see cref="Microsoft.ML.ClickEvaluationCatalog"/>.</summary>
/// <remarks>
/// Figures that need both classes are NaN where one is missing. AUC, LogLoss, accuracy, precision, recall and F1 are those of ML.NET's evaluator, except that the last four ask for a probability
/// above 0.5 where ML.NET's ask for a score above 0.
/// </remarks>
public sealed class ClickMetrics
{
    internal ClickMetrics()
    {
    }

    /// <summary>Rows with a label: those that all figures are of.</summary>
    public required long NumberOfRows { get; init; }

    /// <summary>Rows without a label, which are skipped.</summary>
    public required long NumberOfMissingLabels { get; init; }

    /// <summary>Rows that <see cref="ScoredColumnOptions.TargetColumnName"/> flags as context, which are skipped, too.</summary>
    public required long NumberOfContextRows { get; init; }

    /// <summary>Share of rows with a label of 1: the base rate.</summary>
    public required double PositiveRate { get; init; }

    /// <summary>Mean probability; above <see cref="PositiveRate"/> the model promises too much.</summary>
    public required double MeanProbability { get; init; }

    /// <summary>Share of pairs of a positive and a negative in which the positive has the higher score, ties counted half.</summary>
    public required double AreaUnderRocCurve { get; init; }

    /// <summary>
    /// Of the area: by DeLong et al. 1988 where rows count as independent, and by Obuchowski 1997, which is the same with rows of one user taken together, where the user column was given.
    /// </summary>
    public required ConfidenceInterval AreaUnderRocCurveInterval { get; init; }

    /// <summary>Average precision: the sum over thresholds of precision times the recall gained. A constant has <see cref="PositiveRate"/>.</summary>
    public required double AveragePrecision { get; init; }

    /// <summary>Mean of -log2 of the probability given to what happened, in bits, as ML.NET has it. Infinite where a probability of 0 or 1 was wrong.</summary>
    public required double LogLoss { get; init; }

    /// <summary>Of <see cref="LogLoss"/>, in bits; rows of one user taken together where the user column was given.</summary>
    public required ConfidenceInterval LogLossInterval { get; init; }

    /// <summary><see cref="LogLoss"/> in nats: the binary cross-entropy that training reports.</summary>
    public double CrossEntropy => LogLoss * Math.Log(2);

    /// <summary><see cref="LogLoss"/> over that of the base rate (He et al. 2014, "Practical lessons from predicting clicks on ads at Facebook"): 1 is worth nothing, lower is better.</summary>
    public required double NormalizedEntropy { get; init; }

    /// <summary>Mean squared difference between probability and label (Brier 1950).</summary>
    public required double BrierScore { get; init; }

    /// <summary>Mean over rows of the distance between the mean probability and the observed rate of their bin of <see cref="Calibration"/> (Naeini et al. 2015).</summary>
    public required double ExpectedCalibrationError { get; init; }

    /// <summary>Share of rows whose label is what a probability above 0.5 says.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Share of positives among the rows with a probability above 0.5; 0 where there are none.</summary>
    public required double PositivePrecision { get; init; }

    /// <summary>Share of the positives that have a probability above 0.5; 0 where there are none.</summary>
    public required double PositiveRecall { get; init; }

    /// <summary>Harmonic mean of precision and recall at a probability of 0.5; 0 where both are.</summary>
    public double F1Score => PositivePrecision + PositiveRecall == 0 ? 0 : 2 * PositivePrecision * PositiveRecall / (PositivePrecision + PositiveRecall);

    /// <summary>What the base rate alone would score.</summary>
    public required ConstantPredictor Baseline { get; init; }

    /// <summary>Ranking within users; null without a user column.</summary>
    public required UserMetrics? Users { get; init; }

    /// <summary>Groups of rows by rising probability.</summary>
    public required IReadOnlyList<CalibrationBin> Calibration { get; init; }

    /// <summary>The ROC and precision-recall curves from the highest score down, thinned to some 400 points; empty with one class.</summary>
    public required IReadOnlyList<RocPoint> RocCurve { get; init; }

    /// <summary>Probabilities by class.</summary>
    public required IReadOnlyList<ProbabilityBin> Histogram { get; init; }

    /// <summary>By length of history and by whether the item was seen in training, as far as the columns were given.</summary>
    public required IReadOnlyList<EvaluationSlice> Slices { get; init; }

    /// <summary>Everything but the curves as a table in text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Line($"Rows                 {NumberOfRows:N0}, of which {PositiveRate:P2} positive; {NumberOfMissingLabels:N0} without a label{(NumberOfContextRows > 0 ? FormattableString.Invariant($" and {NumberOfContextRows:N0} of context") : "")} skipped");
        Line($"AUC                  {AreaUnderRocCurve:F4}  (95 % {AreaUnderRocCurveInterval})");
        if (Users is { } users)
        {
            Line($"Grouped AUC          {users.GroupedAreaUnderRocCurve:F4}  (95 % {users.GroupedAreaUnderRocCurveInterval}; {users.NumberOfUsersWithBothClasses:N0} of {users.NumberOfUsers:N0} users)");
            foreach (var ndcg in users.Ndcg) Line($"{$"NDCG@{ndcg.Depth}",-20} {ndcg.Value:F4}  (by chance {ndcg.ByChance:F4}; {users.NumberOfUsersWithoutPositives:N0} users without positives skipped)");
        }
        Line($"Average precision    {AveragePrecision:F4}  (constant {PositiveRate:F4})");
        Line($"LogLoss, bits        {LogLoss:F4}  (95 % {LogLossInterval}; constant {Baseline.LogLoss:F4})");
        Line($"Normalized entropy   {NormalizedEntropy:F4}  (constant 1)");
        Line($"Brier score          {BrierScore:F4}  (constant {Baseline.BrierScore:F4})");
        Line($"Calibration error    {ExpectedCalibrationError:F4}  ({Calibration.Count} bins; mean probability {MeanProbability:P2})");
        Line($"F1 at 0.5            {F1Score:F4}  (always a click {Baseline.F1Score:F4})");
        if (Slices.Count > 0) Line($"{"Slice",-28} {"Rows",12} {"Positive",9} {"AUC",7} {"NE",7} {"ECE",7}");
        foreach (var slice in Slices)
            Line($"{$"{slice.Dimension} {slice.Name}",-28} {slice.Count,12:N0} {slice.PositiveRate,9:P2} {slice.AreaUnderRocCurve,7:F4} {slice.NormalizedEntropy,7:F4} {slice.ExpectedCalibrationError,7:F4}");
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
    }
}
