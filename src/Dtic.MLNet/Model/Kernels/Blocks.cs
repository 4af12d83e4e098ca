using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Blocks of rows that go through several operations while they are in cache.</summary>
internal static unsafe class Blocks
{
    /// <summary>Rows that a product takes at once; what is left behind whole eights costs more each, so that only the last block has any.</summary>
    private const int RowsTogether = 8;

    /// <summary>First row and number of rows, of all blocks; the blocks are of nearly one size.</summary>
    /// <param name="rows">In all.</param>
    /// <param name="most">In a block; a whole number of eights.</param>
    public static IEnumerable<(int Begin, int Count)> Of(int rows, int most)
    {
        int blocks = (rows + most - 1) / most, together = (rows + RowsTogether - 1) / RowsTogether;
        for (int i = 0; i < blocks; i++)
        {
            int begin = (int)((long)together * i / blocks * RowsTogether), end = (int)Math.Min(rows, (long)together * (i + 1) / blocks * RowsTogether);
            yield return (begin, end - begin);
        }
    }

    /// <summary>A float32 tensor in main memory, not filled.</summary>
    public static Tensor Empty(params long[] shape) => empty(shape, dtype: ScalarType.Float32, device: CPU);

    /// <summary>Rows of result = x + drop(result).</summary>
    /// <param name="x">(Q, D).</param>
    /// <param name="result">(Q, D).</param>
    /// <param name="begin">First row.</param>
    /// <param name="count">R rows.</param>
    /// <param name="mask">Null = nothing is dropped.</param>
    public static void Residual(in Matrix x, in Matrix result, int begin, int count, DropoutMask? mask)
    {
        float* rows = result.Row(begin);
        if (mask is not null) DropoutFunction.Drop(rows, rows, result.Width, mask.Keys.AsSpan(begin, count), mask.Dropped, mask.Kept);
        var values = new Span<float>(rows, count * result.Width);
        TensorPrimitives.Add(values, new ReadOnlySpan<float>(x.Row(begin), values.Length), values);
    }

    /// <summary>Rows of a gradient without what was dropped, in <paramref name="scratch"/>; the rows themselves where nothing was.</summary>
    /// <returns>Where they stand.</returns>
    public static (Matrix Rows, int First) Dropped(in Matrix gradient, in Matrix scratch, int begin, int count, DropoutMask? mask)
    {
        if (mask is null) return (gradient, begin);
        DropoutFunction.Drop(gradient.Row(begin), scratch.Row(0), gradient.Width, mask.Keys.AsSpan(begin, count), mask.Dropped, mask.Kept);
        return (scratch, 0);
    }
}
