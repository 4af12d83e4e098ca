namespace Dtic.MLNet.Model;

/// <summary>How fast a score falls with distance, head by head (linear biases; Press et al. 2022, arXiv:2108.12409).</summary>
internal static class AttentionSlopes
{
    /// <summary>
    /// By distance in tokens 2^(-8 (h + 1) / H) for the heads h = 0 .. H - 1, as published. By distance in interactions 4 * 2^(-8 h / H): these
    /// begin higher, so that the first head starts out within the query's own interaction and binds items to outcomes, and the last sees nearly
    /// the whole window.
    /// </summary>
    public static float[] For(int heads, PositionEncoding positions) => [.. Enumerable.Range(0, heads).Select(h => (float)(positions == PositionEncoding.TokenBias
        ? Math.Pow(2, -8.0 * (h + 1) / heads)
        : 4 * Math.Pow(2, -8.0 * h / heads)))];
}
