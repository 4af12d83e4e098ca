namespace Dtic.MLNet.Evaluation;

/// <summary>Goes through the users one by one and measures how their rows are ranked.</summary>
internal sealed class UserRanking
{
    private readonly double[] _discounts;
    private readonly int[] _depths;
    private readonly double[] _gains, _chances;
    private readonly List<(double Rows, double Area)> _areas = [];
    private int _withPositives, _users;

    /// <param name="depths">The depths of NDCG.</param>
    /// <param name="mostRows">Rows of the user who has most of them.</param>
    private UserRanking(IReadOnlyList<int> depths, int mostRows)
    {
        _depths = [.. depths];
        (_gains, _chances) = (new double[_depths.Length], new double[_depths.Length]);
        _discounts = new double[mostRows + 1];
        for (int rank = 1; rank <= mostRows; rank++) _discounts[rank] = _discounts[rank - 1] + (1 / Math.Log2(1 + rank));
    }

    /// <param name="order">Row numbers by rising score.</param>
    /// <param name="rows">The rows, with users.</param>
    /// <param name="depths">The depths of NDCG.</param>
    public static UserMetrics Measure(ReadOnlySpan<int> order, ScoredRows rows, IReadOnlyList<int> depths)
    {
        var (grouped, starts) = ScoreOrder.ByUser(order, rows.Users, rows.NumberOfUsers);
        int mostRows = 0;
        for (int user = 0; user < rows.NumberOfUsers; user++) mostRows = Math.Max(mostRows, starts[user + 1] - starts[user]);
        var ranking = new UserRanking(depths, mostRows);
        for (int user = 0; user < rows.NumberOfUsers; user++) ranking.Add(grouped.AsSpan(starts[user]..starts[user + 1]), rows);
        return ranking.Finish();
    }

    private void Add(ReadOnlySpan<int> order, ScoredRows rows)
    {
        _users++;
        int positives = ScoreOrder.Positives(order, rows.Labels);
        if (positives == 0) return;
        _withPositives++;
        if (positives < order.Length) _areas.Add((order.Length, RocArea.Area(order, rows.Scores, rows.Labels)));
        for (int i = 0; i < _depths.Length; i++)
        {
            double best = Discounts(positives, _depths[i]);
            _gains[i] += Gain(order, rows, _depths[i]) / best;
            _chances[i] += positives * Discounts(order.Length, _depths[i]) / order.Length / best;
        }
    }

    private double Gain(ReadOnlySpan<int> order, ScoredRows rows, int depth)
    {
        double gain = 0;
        for (int end = order.Length, start; end > 0 && order.Length - end < depth; end = start)
        {
            start = end - 1;
            while (start > 0 && rows.Scores[order[start - 1]] == rows.Scores[order[start]]) start--;
            double share = (double)ScoreOrder.Positives(order[start..end], rows.Labels) / (end - start);
            gain += share * (Discounts(order.Length - start, depth) - Discounts(order.Length - end, depth));
        }
        return gain;
    }

    /// <summary>The discounts of the first ranks, as far as the depth goes, summed up.</summary>
    private double Discounts(int ranks, int depth) => _discounts[Math.Min(ranks, depth)];

    private UserMetrics Finish()
    {
        double rows = _areas.Sum(user => user.Rows), area = _areas.Sum(user => user.Rows * user.Area) / rows, users = _areas.Count;
        double squares = _areas.Sum(user => user.Rows * user.Rows * (user.Area - area) * (user.Area - area));
        return new UserMetrics
        {
            NumberOfUsers = _users,
            NumberOfUsersWithBothClasses = _areas.Count,
            NumberOfUsersWithoutPositives = _users - _withPositives,
            GroupedAreaUnderRocCurve = area,
            GroupedAreaUnderRocCurveInterval = ConfidenceInterval.Of(area, users / (users - 1) * squares / (rows * rows), 0, 1),
            Ndcg = [.. _depths.Select((depth, i) => new NdcgAtDepth { Depth = depth, Value = _gains[i] / _withPositives, ByChance = _chances[i] / _withPositives })],
        };
    }
}
