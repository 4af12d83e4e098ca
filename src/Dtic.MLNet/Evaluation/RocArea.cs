namespace Dtic.MLNet.Evaluation;

/// <summary>The area under the ROC curve and its sampling error.</summary>
/// <remarks>
/// <para>
/// The area is the share of pairs of a positive and a negative in which the positive has the higher score, ties counted half. Each positive has a component of its
/// own, the share of negatives below it, and each negative the share of positives above it; the spread of the components gives the variance (DeLong et al. 1988,
/// Biometrics 44). Sorting once gives all of them (Sun and Xu 2014, IEEE Signal Processing Letters 21).
/// </para>
/// <para>
/// Rows of one user are alike, which makes that variance too small. Where users are known, components are summed up by user first (Obuchowski 1997, Biometrics 53);
/// with one row per user this is DeLong's variance. It is a closed formula: no resampling, no seed.
/// </para>
/// </remarks>
internal static class RocArea
{
    /// <param name="order">Row numbers by rising score.</param>
    /// <param name="rows">The rows.</param>
    /// <returns>NaN where a class is missing.</returns>
    public static (double Area, ConfidenceInterval Interval) Measure(ReadOnlySpan<int> order, ScoredRows rows)
    {
        double area = Area(order, rows.Scores, rows.Labels);
        double positives = ScoreOrder.Positives(order, rows.Labels), negatives = order.Length - positives;
        var byUser = rows.NumberOfUsers > 0 ? new UserSums(rows.NumberOfUsers) : null;
        double positiveSquares = 0, negativeSquares = 0, positivesBelow = 0, negativesBelow = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            end = ScoreOrder.EndOfTies(order, rows.Scores, start);
            double tiedPositives = ScoreOrder.Positives(order[start..end], rows.Labels), tiedNegatives = end - start - tiedPositives;
            double positive = ((negativesBelow + (tiedNegatives / 2)) / negatives) - area, negative = 1 - ((positivesBelow + (tiedPositives / 2)) / positives) - area;
            positiveSquares += tiedPositives * positive * positive;
            negativeSquares += tiedNegatives * negative * negative;
            if (byUser is not null)
            {
                foreach (int row in order[start..end]) byUser.Add(rows.Users[row], rows.Labels[row] == 1, positive, negative);
            }
            positivesBelow += tiedPositives;
            negativesBelow += tiedNegatives;
        }
        double variance = byUser?.Variance(positives, negatives) ?? (positiveSquares / (positives - 1) / positives) + (negativeSquares / (negatives - 1) / negatives);
        return (area, ConfidenceInterval.Of(area, variance, 0, 1));
    }

    /// <inheritdoc cref="Measure"/>
    public static double Area(ReadOnlySpan<int> order, ReadOnlySpan<float> scores, ReadOnlySpan<byte> labels)
    {
        double ordered = 0, positives = 0, negatives = 0;
        for (int start = 0, end; start < order.Length; start = end)
        {
            end = ScoreOrder.EndOfTies(order, scores, start);
            double tiedPositives = ScoreOrder.Positives(order[start..end], labels), tiedNegatives = end - start - tiedPositives;
            ordered += tiedPositives * (negatives + (tiedNegatives / 2));
            positives += tiedPositives;
            negatives += tiedNegatives;
        }
        return ordered / (positives * negatives);
    }

    /// <summary>Components of one user's rows, less the area, summed up.</summary>
    private sealed class UserSums(int numberOfUsers)
    {
        private readonly (double Positive, double Negative, bool HasPositive, bool HasNegative)[] _sums = new (double, double, bool, bool)[numberOfUsers];

        public void Add(int user, bool isPositive, double positive, double negative)
        {
            ref var sum = ref _sums[user];
            if (isPositive) (sum.Positive, sum.HasPositive) = (sum.Positive + positive, true);
            else (sum.Negative, sum.HasNegative) = (sum.Negative + negative, true);
        }

        /// <summary>Obuchowski 1997; the area was subtracted from each component already.</summary>
        public double Variance(double positives, double negatives)
        {
            double positiveSquares = 0, negativeSquares = 0, products = 0, withPositives = 0, withNegatives = 0, users = 0;
            foreach (var sum in _sums)
            {
                positiveSquares += sum.Positive * sum.Positive;
                negativeSquares += sum.Negative * sum.Negative;
                products += sum.Positive * sum.Negative;
                if (sum.HasPositive) withPositives++;
                if (sum.HasNegative) withNegatives++;
                if (sum.HasPositive || sum.HasNegative) users++;
            }
            return (withPositives / (withPositives - 1) * positiveSquares / (positives * positives))
                + (withNegatives / (withNegatives - 1) * negativeSquares / (negatives * negatives))
                + (2 * users / (users - 1) * products / (positives * negatives));
        }
    }
}
