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

    internal static double StabilityIndex(IReadOnlyList<DriftBin> bins, long referenceRows, long currentRows) => bins.Count == 0 ? double.NaN : bins.Sum(bin =>
    {
        double reference = Smoothed(bin.ReferenceShare, referenceRows), current = Smoothed(bin.CurrentShare, currentRows);
        return (current - reference) * Math.Log(current / reference);

        double Smoothed(double share, long rows) => ((share * rows) + 0.5) / (rows + (0.5 * bins.Count));
    });
}
