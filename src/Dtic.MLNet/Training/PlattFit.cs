namespace Dtic.MLNet.Training;

/// <summary>
/// Fits <see cref="PlattScaling"/> by Newton's method with step halving (Lin, Lin and Weng 2007, "A note on Platt's probabilistic outputs for support vector machines") to
/// Platt's smoothed labels (1999): (N+ + 1) / (N+ + 2) for clicked targets, 1 / (N- + 2) for others. They keep the optimum finite where the classes can be told apart without error.
/// </summary>
internal static class PlattFit
{
    private const int MostSteps = 100;
    private const double Tolerance = 1e-10;

    /// <param name="scores">Finite logits.</param>
    /// <param name="labels">0 or 1 each.</param>
    /// <returns>Slope 0 where higher scores go with fewer clicks, as the order of scores must stay.</returns>
    public static PlattScaling Fit(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels)
    {
        int positives = labels.Length - labels.Count(0f), negatives = labels.Length - positives;
        double click = (positives + 1.0) / (positives + 2.0), noClick = 1 / (negatives + 2.0);
        double share = labels.Length == 0 ? 0.5 : ((positives * click) + (negatives * noClick)) / labels.Length, shareLogit = Math.Log(share / (1 - share));
        // Scores of any scale become about 1, so that the curvature below is well conditioned.
        double mean = 0, scale = 0;
        foreach (float score in scores) mean += score / (double)scores.Length;
        foreach (float score in scores) scale = Math.Max(scale, Math.Abs(score - mean));
        if (scale == 0) return new PlattScaling(0, shareLogit);
        double slope = 0, offset = shareLogit, loss = Loss(scores, labels, slope, offset);
        for (int step = 0; step < MostSteps; step++)
        {
            double ga = 0, gb = 0, haa = 1e-12, hab = 0, hbb = 1e-12;
            for (int i = 0; i < scores.Length; i++)
            {
                double x = (scores[i] - mean) / scale, p = 1 / (1 + Math.Exp(-((slope * x) + offset))), error = p - (labels[i] > 0 ? click : noClick), weight = p * (1 - p);
                (ga, gb) = (ga + (error * x), gb + error);
                (haa, hab, hbb) = (haa + (weight * x * x), hab + (weight * x), hbb + weight);
            }
            double determinant = (haa * hbb) - (hab * hab);
            double da = -((hbb * ga) - (hab * gb)) / determinant, db = -((haa * gb) - (hab * ga)) / determinant, decrease = -((ga * da) + (gb * db));
            double length = 1;
            for (; length > 1e-10; length /= 2)
            {
                double trial = Loss(scores, labels, slope + (length * da), offset + (length * db));
                if (trial <= loss - (1e-4 * length * decrease))
                {
                    (slope, offset, loss) = (slope + (length * da), offset + (length * db), trial);
                    break;
                }
            }
            if (decrease < Tolerance || length <= 1e-10) break;
        }
        return slope > 0 ? new PlattScaling(slope / scale, offset - (slope * mean / scale)) : new PlattScaling(0, shareLogit);

        double Loss(ReadOnlySpan<float> scores, ReadOnlySpan<float> labels, double slope, double offset)
        {
            double sum = 0;
            for (int i = 0; i < scores.Length; i++)
            {
                double logit = (slope * (scores[i] - mean) / scale) + offset, wanted = labels[i] > 0 ? click : noClick;
                sum += double.LogP1(Math.Exp(-Math.Abs(logit))) + Math.Max(logit, 0) - (wanted * logit);
            }
            return sum;
        }
    }
}
