using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Blocks of rows that go through several operations while they are in cache.</summary>
internal static unsafe class Blocks
{
    /// <summary>Enough that a matrix product is worth its call and the laying out of its weights, few enough for the second cache.</summary>
    private const int RowsPerBlock = 768;

    /// <summary>First row and number of rows, of all blocks; the blocks are of nearly one size.</summary>
    public static IEnumerable<(int Begin, int Count)> Of(int rows)
    {
        int blocks = (rows + RowsPerBlock - 1) / RowsPerBlock;
        for (int i = 0; i < blocks; i++)
        {
            int begin = (int)((long)rows * i / blocks), end = (int)((long)rows * (i + 1) / blocks);
            yield return (begin, end - begin);
        }
    }

    /// <summary>A float32 tensor in main memory, not filled.</summary>
    public static Tensor Empty(params long[] shape) => empty(shape, dtype: ScalarType.Float32, device: CPU);

    /// <summary>The same for one block of so many rows.</summary>
    public static Tensor Scratch(int rows, long width) => Empty(Math.Min(rows, RowsPerBlock), width);

    /// <summary>Rows of result = x + drop(a b).</summary>
    /// <param name="x">float32 (Q, D).</param>
    /// <param name="result">float32 (Q, D): these rows are written.</param>
    /// <param name="begin">First row.</param>
    /// <param name="count">R rows.</param>
    /// <param name="a">float32 (R, F).</param>
    /// <param name="b">float32 (F, D).</param>
    /// <param name="mask">Null = nothing is dropped.</param>
    public static void Residual(Tensor x, Tensor result, int begin, int count, Tensor a, Tensor b, DropoutMask? mask)
    {
        Tensor from = x.narrow(0, begin, count), to = result.narrow(0, begin, count);
        if (mask is null)
        {
            to.copy_(from).addmm_(a, b, 1, 1);
            return;
        }
        to.addmm_(a, b, 0, 1);
        float* rows = Memory.Of(result) + (begin * result.shape[1]);
        DropoutFunction.Drop(rows, rows, (int)result.shape[1], mask.Keys.AsSpan(begin, count), mask.Dropped, mask.Kept);
        to.add_(from, HeldScalar.One);
    }

    /// <summary>Rows of a gradient without what was dropped, in <paramref name="scratch"/>; the rows themselves where nothing was.</summary>
    public static Tensor Dropped(Tensor gradient, Tensor scratch, int begin, int count, DropoutMask? mask)
    {
        if (mask is null) return gradient.narrow(0, begin, count);
        DropoutFunction.Drop(Memory.Of(gradient) + (begin * gradient.shape[1]), Memory.Of(scratch), (int)gradient.shape[1], mask.Keys.AsSpan(begin, count), mask.Dropped, mask.Kept);
        return scratch.narrow(0, 0, count);
    }
}
