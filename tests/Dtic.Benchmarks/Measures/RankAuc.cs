namespace Dtic.Benchmarks.Measures;

/// <summary>
/// Area under the ROC curve by ranks: the share of (positive, negative) pairs in which the positive has the higher score, ties counted half.
/// The scores are sorted once; each user's rows can then be weighted anew.
/// </summary>
internal sealed class RankAuc
{
    private readonly int[] _order, _users;
    private readonly bool[] _labels;
    private readonly float[] _scores;

    /// <param name="users">The user of each row, from 0.</param>
    /// <param name="labels">Whether each row was clicked.</param>
    /// <param name="scores">The score of each row.</param>
    public RankAuc(int[] users, bool[] labels, float[] scores)
    {
        (_users, _labels, _scores) = (users, labels, scores);
        _order = [.. Enumerable.Range(0, scores.Length)];
        Array.Sort((float[])scores.Clone(), _order);
    }

    /// <summary>Every row once.</summary>
    public double Value() => Value(null);

    /// <param name="weights">How often each user's rows count; null: once.</param>
    /// <returns>NaN where one class is missing.</returns>
    public double Value(int[]? weights)
    {
        double positives = 0, negatives = 0, ordered = 0;
        for (int begin = 0; begin < _order.Length;)
        {
            double tiedPositives = 0, tiedNegatives = 0;
            int end = begin;
            for (; end < _order.Length && _scores[_order[end]] == _scores[_order[begin]]; end++)
            {
                double weight = weights is null ? 1 : weights[_users[_order[end]]];
                if (_labels[_order[end]]) tiedPositives += weight;
                else tiedNegatives += weight;
            }
            ordered += tiedPositives * (negatives + (tiedNegatives / 2));
            positives += tiedPositives;
            negatives += tiedNegatives;
            begin = end;
        }
        return ordered / (positives * negatives);
    }
}
