using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Drops values by hash, and drops the same ones of the gradient: no mask is stored. CPU only.</summary>
internal sealed unsafe class DropoutFunction : autograd.SingleTensorFunction<DropoutFunction>
{
    public override string Name => nameof(DropoutFunction);

    /// <summary>x float32 (N, D), one key per row, share dropped in 1 / 65536, factor of what is kept.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        ulong[] keys = (ulong[])vars[1];
        uint dropped = (uint)vars[2];
        float kept = (float)vars[3];
        ctx.save_data("keys", keys);
        ctx.save_data("dropped", dropped);
        ctx.save_data("kept", kept);
        return Drop(((Tensor)vars[0]).contiguous(), keys, dropped, kept).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = NewDisposeScope();
        var gradient = Drop(grad_output.contiguous(), (ulong[])ctx.get_data("keys"), (uint)ctx.get_data("dropped"), (float)ctx.get_data("kept"));
        return [gradient.MoveToOuterDisposeScope(), null!, null!, null!];
    }

    private static Tensor Drop(Tensor x, ulong[] keys, uint dropped, float kept)
    {
        var y = empty(x.shape, dtype: ScalarType.Float32, device: CPU);
        Drop(Memory.Of(x), Memory.Of(y), (int)x.shape[1], keys, dropped, kept);
        return y;
    }

    /// <summary>One row for each key; source and target may be the same.</summary>
    public static void Drop(float* from, float* to, int width, ReadOnlySpan<ulong> keys, uint dropped, float kept)
    {
        foreach (ulong key in keys)
        {
            Row(from, to, width, key, dropped, kept);
            from += width;
            to += width;
        }
    }

    /// <summary>64 bits of <see cref="SeedMix"/> last for four values, lowest bits first; eight such words at a time here.</summary>
    private static void Row(float* from, float* to, int width, ulong key, uint dropped, float kept)
    {
        int i = 0;
        if (Vector512.IsHardwareAccelerated && dropped <= ushort.MaxValue)
        {
            var limit = Vector512.Create((ushort)dropped);
            var offsets = (Vector512<ulong>.Indices * 4) + Vector512<ulong>.One;
            var factor = Vector512.Create(kept);
            for (; i + 32 <= width; i += 32)
            {
                var h = Vector512.Create(key) + ((Vector512.Create((ulong)i) + offsets) * 0x9E3779B97F4A7C15);
                h = (h ^ (h >>> 30)) * 0xBF58476D1CE4E5B9;
                h = (h ^ (h >>> 27)) * 0x94D049BB133111EB;
                h ^= h >>> 31;
                var keep = Vector512.GreaterThanOrEqual(h.AsUInt16(), limit).AsInt16();
                var (low, high) = Vector512.Widen(keep);   // all bits or none: as floats a mask
                ((Vector512.Load(from + i) * factor) & low.AsSingle()).Store(to + i);
                ((Vector512.Load(from + i + 16) * factor) & high.AsSingle()).Store(to + i + 16);
            }
        }
        ulong bits = 0;
        for (; i < width; i++, bits >>= 16)
        {
            if (i % 4 == 0) bits = SeedMix.Add(key, (ulong)i);
            to[i] = (bits & 0xFFFF) < dropped ? 0 : from[i] * kept;
        }
    }
}
