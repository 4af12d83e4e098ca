using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// The products of a weight matrix W (N, K) with blocks of rows: x W^T forward, g W and g^T x backward; by torch, or by <see cref="Product{TSimd, TVector}"/> from
/// weights that are laid out once for all blocks.
/// </summary>
/// <remarks>
/// Torch's library lays out the weights in every call, which wants large blocks; with our own, blocks may be as small as the cache likes, and what one function
/// writes is still there when the next one reads it. That counts where the weights are small. Where they are large that library was measured to be as fast or faster on a processor
/// of Intel's, for which it was made. On those of others it keeps to vectors of 256 bits; held to these on that same processor, it is slower than ours (roofline in docs/benchmarks.md).
/// </remarks>
internal sealed unsafe class LinearProducts
{
    /// <summary>Weights that stay in the second cache beside a block.</summary>
    private const int FewWeights = 1 << 17;

    /// <summary>What a tile's rows read of the weights at once, in steps: it stays in the innermost cache.</summary>
    private const int StepsTogether = 256;

    /// <summary>Of a panel: two vectors.</summary>
    private static readonly int Lanes = 2 * Simd512.Lanes;

    private static readonly bool IsIntel = X86Base.IsSupported && X86Base.CpuId(0, 0) is (_, 0x756E6547, 0x6C65746E, 0x49656E69);   // "Genu" "ntel" "ineI"

    private readonly Tensor _weight;
    private readonly Tensor? _laidOut;   // null: by torch
    private readonly float* _panels;     // its memory, panel by panel: (K, lanes) forward, (N, lanes) backward
    private readonly Tensor? _gradient;  // (N, K), or (K, N) where N is larger: lanes along the larger width read whole cache lines
    private readonly bool _isTurned;     // (K, N)
    private bool _hasGradient;

    /// <summary>Lays out the weights. The object belongs to the dispose scope it was made in.</summary>
    /// <param name="bits">Of a vector; N and K are whole numbers of vectors.</param>
    /// <param name="weight">float32 (N, K), contiguous.</param>
    /// <param name="backward">Whether gradients are wanted, or results.</param>
    public LinearProducts(int bits, Tensor weight, bool backward)
    {
        _weight = weight;
        bool own = bits == 512 && (weight.numel() <= FewWeights || AlsoForLarge) && !OneDnnProducts.IsOn;
        _isTurned = own && weight.shape[0] > weight.shape[1];
        if (backward) _gradient = _isTurned ? Blocks.Empty(weight.shape[1], weight.shape[0]) : empty_like(weight);
        if (!own) return;
        _laidOut = empty_like(weight);
        _panels = Memory.Of(_laidOut);
        var from = new Matrix(weight);
        int width = backward ? from.Width : from.Height, steps = backward ? from.Height : from.Width;
        for (int begin = 0; begin < width; begin += Lanes)
        {
            int lanes = Math.Min(Lanes, width - begin);
            float* panel = _panels + ((long)begin * steps);
            if (backward) CopyColumns(from, begin, lanes, panel);
            else HeadRows<Simd512, Vector512<float>>.Transpose(from.Row(begin), steps, lanes, steps, panel, lanes);
        }
    }

    /// <summary>Whether our own products are for large weights, too. Tests and benchmarks may ask for it on processors where torch's are as good.</summary>
    public static bool AlsoForLarge { get; set; } = !IsIntel;

    /// <summary>Rows of a block: they and what functions make of them stay in cache.</summary>
    public int RowsPerBlock => _laidOut is null ? 768 : 96;

    /// <summary>Rows of y = x W^T.</summary>
    public void Forward(in Matrix x, int fromRow, in Matrix y, int toRow, int rows)
    {
        if (_laidOut is not null)
        {
            ByPanels(x.Row(fromRow), x.Width, rows, y.Row(toRow), y.Width);
            return;
        }
        using var scope = NewDisposeScope();
        y.Rows(toRow, rows).addmm_(x.Rows(fromRow, rows), _weight.t(), 0, 1);
    }

    /// <summary>Rows of dx = g W.</summary>
    public void InputGradient(in Matrix above, int fromRow, in Matrix gradient, int toRow, int rows)
    {
        if (_laidOut is not null)
        {
            ByPanels(above.Row(fromRow), above.Width, rows, gradient.Row(toRow), gradient.Width);
            return;
        }
        using var scope = NewDisposeScope();
        gradient.Rows(toRow, rows).addmm_(above.Rows(fromRow, rows), _weight, 0, 1);
    }

    /// <summary>Adds g^T x over some rows to the weights' gradient.</summary>
    public void AddWeightGradient(in Matrix above, int aboveRow, in Matrix x, int row, int rows)
    {
        bool add = _hasGradient;
        _hasGradient = true;
        if (_laidOut is null)
        {
            using var scope = NewDisposeScope();
            _gradient!.addmm_(above.Rows(aboveRow, rows).t(), x.Rows(row, rows), add ? 1 : 0, 1);
        }
        else if (_isTurned)
        {
            Outer(x, row, above, aboveRow, rows, add);
        }
        else
        {
            Outer(above, aboveRow, x, row, rows, add);
        }
    }

    /// <summary>The weights' gradient, float32 (N, K), once all rows were added.</summary>
    public Tensor WeightGradient() => _isTurned ? _gradient!.t().contiguous() : _gradient!;

    private static void CopyColumns(in Matrix from, int begin, int count, float* to)
    {
        for (int row = 0; row < from.Height; row++, to += count) new ReadOnlySpan<float>(from.Row(row) + begin, count).CopyTo(new Span<float>(to, count));
    }

    /// <summary>gradient (+)= a^T b.</summary>
    private void Outer(in Matrix a, int aRow, in Matrix b, int bRow, int rows, bool add)
    {
        float* c = Memory.Of(_gradient!);
        for (int begin = 0; begin < b.Width; begin += Lanes)
            Product<Simd512, Vector512<float>>.Run(a.Row(aRow), 1, a.Width, a.Width, rows, b.Row(bRow) + begin, b.Width, c + begin, b.Width, Vectors(b.Width - begin), add);
    }

    private static int Vectors(int lanes) => Math.Min(Lanes, lanes) / Simd512.Lanes;

    private void ByPanels(float* a, int steps, int rows, float* c, int width)
    {
        for (int begin = 0; begin < width; begin += Lanes)
        {
            int lanes = Math.Min(Lanes, width - begin);
            for (int step = 0; step < steps; step += StepsTogether)
                Product<Simd512, Vector512<float>>.Run(a + step, steps, 1, rows, Math.Min(StepsTogether, steps - step), _panels + ((long)begin * steps) + ((long)step * lanes), lanes, c + begin, width, Vectors(lanes), add: step > 0);
        }
    }
}
