namespace Dtic.MLNet;

/// <summary>The two figures of ML.NET's binary evaluator that a comparison of scores needs, without a data view around the scores.</summary>
internal static class BinaryMetrics
{
    /// <summary>The share of pairs of a positive and a negative in which the positive has the higher score; ties count half.</summary>
    /// <param name="scores">Scores of any scale; they are sorted in place. NaN is below all others.</param>
    /// <param name="labels">0 or 1 each; sorted with the scores.</param>
    /// <returns>NaN where a class is missing.</returns>
    /// <remarks>
    /// <see cref="Evaluation.RocArea"/> sums the same over row numbers, an order that its other figures need, too. Sorting the scores themselves takes no memory and less
    /// time, and training stays free of the evaluator, which reads data views; a test holds the two together.
    /// </remarks>
    public static double AreaUnderRocCurve(Span<float> scores, Span<float> labels)
    {
        scores.Sort(labels);
        double ordered = 0;
        long negatives = 0, positives = 0;
        for (int i = 0; i < scores.Length;)
        {
            long tiedNegatives = 0, tiedPositives = 0;
            for (float score = scores[i]; i < scores.Length && scores[i].Equals(score); i++)
            {
                if (labels[i] > 0) tiedPositives++;
                else tiedNegatives++;
            }
            ordered += tiedPositives * (negatives + (0.5 * tiedNegatives));
            negatives += tiedNegatives;
            positives += tiedPositives;
        }
        return ordered / ((double)negatives * positives);
    }

    /// <summary>Mean of -log2 of the probability given to what happened, in bits.</summary>
    /// <param name="logits">The logits.</param>
    /// <param name="labels">0 or 1 each.</param>
    /// <param name="calibration">How they become probabilities.</param>
    /// <returns>NaN without labels.</returns>
    public static double LogLoss(ReadOnlySpan<float> logits, ReadOnlySpan<float> labels, PlattScaling calibration)
    {
        double sum = 0;
        for (int i = 0; i < logits.Length; i++)
        {
            double probability = calibration.ColumnValue(logits[i]);
            sum -= Math.Log2(labels[i] > 0 ? probability : 1 - probability);
        }
        return sum / logits.Length;
    }
}
