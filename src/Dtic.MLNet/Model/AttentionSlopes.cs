namespace Dtic.MLNet.Model;

/// <summary>
/// How fast a score falls with distance, head by head (linear biases; Press et al. 2022, arXiv:2108.12409, where distance is in tokens; here
/// it is in interactions).
/// </summary>
internal static class AttentionSlopes
{
    /// <summary>
    /// 4 * 2^(-8 h / H) for the heads h = 0 .. H - 1. They begin higher than the source's: the first head starts out within the query's own
    /// interaction and so binds items to outcomes, and the last sees nearly the whole window. Without them a [SUM] token starts out averaging
    /// over the window and takes long to find even its own item.
    /// </summary>
    public static float[] For(int heads) => [.. Enumerable.Range(0, heads).Select(h => (float)(4 * Math.Pow(2, -8.0 * h / heads)))];
}
