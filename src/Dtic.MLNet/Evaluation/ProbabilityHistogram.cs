namespace Dtic.MLNet.Evaluation;

/// <summary>Counts probabilities by class in bars of one width.</summary>
internal static class ProbabilityHistogram
{
    private const int Bars = 40;

    /// <summary>From 0 to 1, or to 0.5, 0.2, 0.1, 0.05 and so on where no probability is higher: click rates of one in a hundred would fill one bar.</summary>
    public static IReadOnlyList<ProbabilityBin> Of(ScoredRows rows)
    {
        double top = 1, highest = 1e-6;
        foreach (float probability in rows.Probabilities) highest = Math.Max(highest, probability);
        for (double power = 1; power > 1e-9; power /= 10)
        {
            foreach (double step in (ReadOnlySpan<double>)[1, 0.5, 0.2]) top = step * power >= highest ? step * power : top;
        }
        var counts = new (long Negatives, long Positives)[Bars];
        for (int row = 0; row < rows.Count; row++)
        {
            ref var count = ref counts[Math.Min(Bars - 1, (int)(rows.Probabilities[row] / top * Bars))];
            if (rows.Labels[row] == 1) count.Positives++;
            else count.Negatives++;
        }
        return [.. counts.Select((count, i) => new ProbabilityBin { Low = top * i / Bars, High = top * (i + 1) / Bars, Positives = count.Positives, Negatives = count.Negatives })];
    }
}
