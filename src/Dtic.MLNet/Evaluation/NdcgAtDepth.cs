namespace Dtic.MLNet.Evaluation;

/// <summary>Normalized discounted cumulative gain at a depth (Järvelin and Kekäläinen 2002), mean over users with a positive row; a part of <see cref="UserMetrics"/>.</summary>
/// <remarks>
/// The gain of a row is its label, its discount <c>1 / log2(1 + rank)</c>, and the best possible sum is 1. Rows of equal score share the discounts of their ranks (McSherry and Najork 2008).
/// </remarks>
public sealed class NdcgAtDepth
{
    internal NdcgAtDepth()
    {
    }

    /// <summary>k: ranks beyond it count nothing.</summary>
    public required int Depth { get; init; }

    /// <summary>From 0 to 1; NaN where no user has a positive row.</summary>
    public required double Value { get; init; }

    /// <summary>What a ranking by chance has on the same rows; NaN likewise. Users with few rows make it high.</summary>
    public required double ByChance { get; init; }
}
