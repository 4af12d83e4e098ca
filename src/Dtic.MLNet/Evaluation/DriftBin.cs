namespace Dtic.MLNet.Evaluation;

/// <summary>What share of the rows of each view falls into a bin; a part of <see cref="ScoreDrift"/>.</summary>
public sealed class DriftBin
{
    internal DriftBin()
    {
    }

    /// <summary>What the bin holds, for instance <c>0.125 to 0.25</c>, the upper end included.</summary>
    public required string Name { get; init; }

    /// <summary>Share of the reference.</summary>
    public required double ReferenceShare { get; init; }

    /// <summary>Share of what is compared with it.</summary>
    public required double CurrentShare { get; init; }

    internal static double StabilityIndex(IReadOnlyList<DriftBin> bins, long referenceRows, long currentRows)
    {
        if (bins.Count == 0) return double.NaN;

        // A bin that both views leave empty says nothing; half a row would be a larger share of the smaller view.
        DriftBin[] met = [.. bins.Where(bin => bin.ReferenceShare > 0 || bin.CurrentShare > 0)];
        return met.Sum(bin =>
        {
            double reference = Smoothed(bin.ReferenceShare, referenceRows), current = Smoothed(bin.CurrentShare, currentRows);
            return (current - reference) * Math.Log(current / reference);
        });

        double Smoothed(double share, long rows) => ((share * rows) + 0.5) / (rows + (0.5 * met.Length));
    }
}
