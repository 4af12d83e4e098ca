namespace Dtic.MLNet.Model;

/// <summary>How fast a score falls with distance, head by head (linear biases; Press et al. 2022, arXiv:2108.12409).</summary>
internal static class AttentionSlopes
{
    /// <summary>2^(-8 (h + 1) / H) for the heads h = 0 .. H - 1, as published.</summary>
    /// <remarks>
    /// Steeper ones, which start a head out within the query's own interaction, cost quality and most of all time to learn: a user's older
    /// outcomes are then out of reach until queries and keys have outgrown the bias.
    /// </remarks>
    public static float[] For(int heads) => [.. Enumerable.Range(1, heads).Select(h => (float)Math.Pow(2, -8.0 * h / heads))];
}
