namespace Dtic.MLNet.Tests.Evaluation;

/// <summary>The figures straight from their definitions, over all pairs.</summary>
internal static class NaiveMetrics
{
    public static double Auc(IReadOnlyCollection<ScoredClick> rows)
    {
        var pairs = from p in rows where p.Label == 1 from n in rows where n.Label == 0 select Wins(p, n);
        return pairs.DefaultIfEmpty(double.NaN).Average();
    }

    /// <summary>DeLong et al. 1988, equations 4 to 6.</summary>
    public static double DeLongVariance(IReadOnlyCollection<ScoredClick> rows)
    {
        double area = Auc(rows);
        ScoredClick[] positives = [.. rows.Where(r => r.Label == 1)], negatives = [.. rows.Where(r => r.Label == 0)];
        double s10 = positives.Sum(p => Square(negatives.Average(n => Wins(p, n)) - area)) / (positives.Length - 1);
        double s01 = negatives.Sum(n => Square(positives.Average(p => Wins(p, n)) - area)) / (negatives.Length - 1);
        return (s10 / positives.Length) + (s01 / negatives.Length);
    }

    public static double LogLoss(IEnumerable<ScoredClick> rows) => rows.Average(r => -Math.Log2(r.Label == 1 ? r.Probability : 1 - (double)r.Probability));

    public static double Brier(IEnumerable<ScoredClick> rows) => rows.Average(r => Square(r.Probability - (double)r.Label));

    public static double NormalizedEntropy(IReadOnlyCollection<ScoredClick> rows)
    {
        float rate = rows.Average(r => r.Label);
        return LogLoss(rows) / LogLoss(rows.Select(r => r with { Probability = rate }));
    }

    public static double GroupedAuc(IEnumerable<ScoredClick> rows)
    {
        var users = rows.GroupBy(r => r.User).Where(u => u.Any(r => r.Label == 1) && u.Any(r => r.Label == 0)).ToList();
        return users.Sum(u => u.Count() * Auc([.. u])) / users.Sum(u => u.Count());
    }

    /// <summary>Mean over users with positives, and over orders of ties, of DCG over the best DCG.</summary>
    public static double Ndcg(IEnumerable<ScoredClick> rows, int depth, int shuffles)
    {
        var random = new Random(7);
        return rows.GroupBy(r => r.User).Where(u => u.Any(r => r.Label == 1)).Average(user =>
            Enumerable.Range(0, shuffles).Average(_ => Dcg(user.OrderByDescending(r => r.Score).ThenBy(_ => random.Next()), depth)) / Dcg(user.OrderByDescending(r => r.Label), depth));
    }

    public static double CalibrationError(IReadOnlyCollection<ScoredClick> rows, int bins)
    {
        // All ties of a probability lie where the middle one of them does.
        var sorted = rows.OrderBy(r => r.Probability).ToList();
        return sorted.GroupBy(r =>
        {
            int first = sorted.FindIndex(s => s.Probability == r.Probability), count = sorted.Count(s => s.Probability == r.Probability);
            return Math.Floor((first + (count / 2.0)) * bins / sorted.Count);
        }).Sum(bin => bin.Count() * Math.Abs(bin.Average(r => (double)r.Probability) - bin.Average(r => (double)r.Label))) / rows.Count;
    }

    private static double Dcg(IEnumerable<ScoredClick> ranked, int depth) => ranked.Take(depth).Select((r, i) => r.Label / Math.Log2(i + 2)).Sum();

    private static double Wins(ScoredClick positive, ScoredClick negative) => positive.Score > negative.Score ? 1 : positive.Score == negative.Score ? 0.5 : 0;

    private static double Square(double value) => value * value;
}
