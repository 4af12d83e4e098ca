namespace Dtic.MLNet.Evaluation;

/// <summary>The ROC and precision-recall curves, from the highest score down.</summary>
internal static class ThresholdCurve
{
    private const double Step = 1 / 200.0;

    /// <param name="order">Row numbers by rising score.</param>
    /// <param name="rows">The rows.</param>
    /// <returns>
    /// At most some 400 points, each a two-hundredth from the one before in one of the rates, and the average precision over all of them: the sum over thresholds
    /// of precision times the recall gained. Empty and NaN where a class is missing.
    /// </returns>
    public static (IReadOnlyList<RocPoint> Points, double AveragePrecision) Of(ReadOnlySpan<int> order, ScoredRows rows)
    {
        double positives = ScoreOrder.Positives(order, rows.Labels), negatives = order.Length - positives;
        if (positives == 0 || negatives == 0) return ([], double.NaN);
        var points = new List<RocPoint>();
        double truePositives = 0, falsePositives = 0, averagePrecision = 0;
        for (int end = order.Length, start; end > 0; end = start)
        {
            start = end - 1;
            while (start > 0 && rows.Scores[order[start - 1]] == rows.Scores[order[start]]) start--;
            int tiedPositives = ScoreOrder.Positives(order[start..end], rows.Labels);
            truePositives += tiedPositives;
            falsePositives += end - start - tiedPositives;
            double precision = truePositives / (truePositives + falsePositives), truePositiveRate = truePositives / positives, falsePositiveRate = falsePositives / negatives;
            averagePrecision += precision * tiedPositives / positives;
            if (start == 0 || points.Count == 0 || truePositiveRate - points[^1].TruePositiveRate >= Step || falsePositiveRate - points[^1].FalsePositiveRate >= Step)
            {
                points.Add(new RocPoint
                {
                    Threshold = rows.Scores[order[start]],
                    FalsePositiveRate = falsePositiveRate,
                    TruePositiveRate = truePositiveRate,
                    Precision = precision,
                });
            }
        }
        return (points, averagePrecision);
    }
}
