using System.Runtime.Intrinsics;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Which vectors this processor has.</summary>
internal static class SimdWidth
{
    /// <summary>Bits, widest first; none where there is no vector hardware.</summary>
    public static IReadOnlyList<int> Supported { get; } =
    [
        .. new (bool Has, int Bits)[] { (Vector512.IsHardwareAccelerated, 512), (Vector256.IsHardwareAccelerated, 256), (Vector128.IsHardwareAccelerated, 128) }
            .Where(w => w.Has).Select(w => w.Bits),
    ];

    /// <summary>The widest that a row of <paramref name="floats"/> fills, else the narrowest there is; 0 = none.</summary>
    public static int For(int floats)
    {
        foreach (int bits in Supported)
            if (bits / 32 <= floats) return bits;
        return Supported.Count == 0 ? 0 : Supported[^1];
    }
}
