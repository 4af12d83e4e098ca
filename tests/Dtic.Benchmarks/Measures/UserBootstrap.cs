namespace Dtic.Benchmarks.Measures;

/// <summary>
/// A paired bootstrap over users (Efron and Tibshirani 1993, chapter 13, percentile interval): as many users as there are, drawn with
/// replacement, each with all of their rows; the same draw for both sides and for every seed.
/// </summary>
internal static class UserBootstrap
{
    /// <summary>The 95 % interval of the mean over seeds of (ours - theirs).</summary>
    /// <param name="ours">Per seed the AUC of one side.</param>
    /// <param name="theirs">Per seed, in the same order, the AUC of the other; the rows are the same.</param>
    /// <param name="users">Number of users.</param>
    /// <param name="resamples">Number of draws; a draw that misses a class is drawn again.</param>
    /// <param name="seed">Of the draws.</param>
    public static (double Low, double High) Difference(IReadOnlyList<RankAuc> ours, IReadOnlyList<RankAuc> theirs, int users, int resamples, int seed)
    {
        if (ours.Count != theirs.Count) throw new ArgumentException($"{ours.Count} seeds on one side, {theirs.Count} on the other.", nameof(theirs));
        var random = new Random(seed);
        var differences = new List<double>(resamples);
        int[] weights = new int[users];
        for (int missed = 0; differences.Count < resamples;)
        {
            Array.Clear(weights);
            for (int i = 0; i < users; i++) weights[random.Next(users)]++;
            double difference = ours.Zip(theirs, (a, b) => a.Value(weights) - b.Value(weights)).Average();
            if (!double.IsNaN(difference)) differences.Add(difference);
            else if (++missed > resamples) throw new InvalidOperationException("Most draws of users lack a class; the test set is too small for an interval.");
        }
        differences.Sort();
        return (Quantile(differences, 0.025), Quantile(differences, 0.975));
    }

    /// <summary>Linear between the two neighbours.</summary>
    private static double Quantile(List<double> sorted, double share)
    {
        double at = share * (sorted.Count - 1);
        int below = (int)at, above = Math.Min(below + 1, sorted.Count - 1);
        return sorted[below] + ((at - below) * (sorted[above] - sorted[below]));
    }
}
