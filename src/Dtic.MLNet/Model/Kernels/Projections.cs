namespace Dtic.MLNet.Model.Kernels;

/// <summary>Where queries, keys and values (or their gradients) stand in main memory; a row is all heads side by side.</summary>
/// <param name="query">First query.</param>
/// <param name="queryStride">Floats from one query to the next.</param>
/// <param name="key">First token's key.</param>
/// <param name="value">First token's value.</param>
/// <param name="keyStride">Floats from one token's key to the next, and from one value to the next.</param>
internal readonly unsafe struct Projections(float* query, long queryStride, float* key, float* value, long keyStride)
{
    public float* Query(int row, int column) => query + (row * queryStride) + column;

    public float* Key(int token, int column) => key + (token * keyStride) + column;

    public float* Value(int token, int column) => value + (token * keyStride) + column;
}
