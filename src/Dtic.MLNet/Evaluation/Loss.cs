namespace Dtic.MLNet.Evaluation;

/// <summary>Losses of probabilities, and their sampling error.</summary>
internal static class Loss
{
    /// <summary>Mean of -log2 of the probability given to what happened, in bits; infinite where a probability of 0 or 1 was wrong.</summary>
    /// <param name="order">Row numbers, in any order.</param>
    /// <param name="rows">The rows.</param>
    public static double Log(ReadOnlySpan<int> order, ScoredRows rows)
    {
        double sum = 0;
        foreach (int row in order) sum += Log(rows.Probabilities[row], rows.Labels[row]);
        return sum / order.Length;
    }

    /// <summary>Mean squared difference between probability and label (Brier 1950).</summary>
    public static double Brier(ReadOnlySpan<int> order, ScoredRows rows)
    {
        double sum = 0;
        foreach (int row in order)
        {
            double difference = rows.Probabilities[row] - (double)rows.Labels[row];
            sum += difference * difference;
        }
        return sum / order.Length;
    }

    /// <summary>Bits that a label costs whose rate is known.</summary>
    public static double Entropy(double rate) => rate is 0 or 1 ? 0 : -(rate * Math.Log2(rate)) - ((1 - rate) * Math.Log2(1 - rate));

    /// <summary>The log-loss over the entropy of the label's rate in the same rows (He et al. 2014): below 1 is better than the rate alone; NaN with one class.</summary>
    public static double Normalized(double logLoss, double rate) => rate is 0 or 1 ? double.NaN : logLoss / Entropy(rate);

    /// <summary>Of the mean log-loss; rows of one user count as one draw where users are known.</summary>
    public static ConfidenceInterval LogInterval(ScoredRows rows, double mean)
    {
        double[] byUser = new double[rows.NumberOfUsers];
        double squares = 0;
        for (int row = 0; row < rows.Count; row++)
        {
            double difference = Log(rows.Probabilities[row], rows.Labels[row]) - mean;
            squares += difference * difference;
            if (byUser.Length > 0) byUser[rows.Users[row]] += difference;
        }
        double draws = byUser.Length > 0 ? byUser.Length : rows.Count;
        double sum = byUser.Length > 0 ? byUser.Sum(difference => difference * difference) : squares;
        return ConfidenceInterval.Of(mean, draws / (draws - 1) * sum / ((double)rows.Count * rows.Count), 0, double.PositiveInfinity);
    }

    private static double Log(float probability, byte label) => -Math.Log2(label == 1 ? probability : 1 - (double)probability);
}
