namespace Dtic.MLNet.Evaluation;

/// <summary>Bins of like probability, and how far what was promised in them is from what happened.</summary>
internal static class CalibrationCurve
{
    /// <param name="order">Row numbers by rising probability.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="binning">How bins are cut.</param>
    /// <param name="count">Number of bins. Those without a row are left out.</param>
    public static IReadOnlyList<CalibrationBin> Of(ReadOnlySpan<int> order, ScoredRows rows, CalibrationBinning binning, int count)
    {
        var sums = new (long Rows, double Probability, long Positives)[count];
        for (int start = 0, end; start < order.Length; start = end)
        {
            // Equal probabilities stay together, in the bin that the middle of them belongs to: the curve must not depend on the order of ties.
            end = ScoreOrder.EndOfTies(order, rows.Probabilities, start);
            float probability = rows.Probabilities[order[start]];
            double share = binning == CalibrationBinning.EqualWidth ? probability : (start + ((end - start) / 2.0)) / order.Length;
            ref var sum = ref sums[Math.Min(count - 1, (int)(share * count))];
            sum.Rows += end - start;
            sum.Probability += (end - start) * (double)probability;
            sum.Positives += ScoreOrder.Positives(order[start..end], rows.Labels);
        }
        return [.. sums.Where(sum => sum.Rows > 0).Select(sum => new CalibrationBin
        {
            Count = sum.Rows,
            MeanProbability = sum.Probability / sum.Rows,
            ObservedRate = (double)sum.Positives / sum.Rows,
        })];
    }

    /// <summary>Mean over rows of the distance between the mean probability and the observed rate of their bin (Naeini et al. 2015).</summary>
    public static double Error(IReadOnlyList<CalibrationBin> bins) =>
        bins.Sum(bin => bin.Count * Math.Abs(bin.MeanProbability - bin.ObservedRate)) / bins.Sum(bin => bin.Count);
}
