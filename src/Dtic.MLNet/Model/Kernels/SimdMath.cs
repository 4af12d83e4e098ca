using System.Runtime.CompilerServices;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Functions of vectors.</summary>
internal static class SimdMath<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Below this many bits under a maximum a share counts as none: 1e-12, far below what float32 resolves.</summary>
    public const float Negligible = -40;

    /// <summary>
    /// 2^x for x up to 126, relative error 2e-7; 0 below <see cref="Negligible"/>, also so that no product of it is ever a slow denormal.
    /// </summary>
    /// <remarks>x = n + r with n an integer, r at most a half: n goes into the exponent, 2^r is a polynomial through Chebyshev's nodes.</remarks>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector PowerOfTwo(TVector x)
    {
        var rounding = TSimd.Fill(12582912f);   // 1.5 * 2^23: what is added to it is rounded to an integer, which stands in the low bits
        var shifted = TSimd.Add(x, rounding);
        var r = TSimd.Subtract(x, TSimd.Subtract(shifted, rounding));
        var p = TSimd.MultiplyAdd(TSimd.Fill(0.0013390863364616103f), r, TSimd.Fill(0.009676031918324871f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Fill(0.05550357114219194f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Fill(0.24022107485308267f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Fill(0.6931471880262287f));
        p = TSimd.MultiplyAdd(p, r, TSimd.Fill(1f));
        return TSimd.And(TSimd.AddToExponent(p, shifted), TSimd.AtLeast(x, TSimd.Fill(Negligible)));
    }

    /// <summary>1 / (1 + e^-x), not below 2^-126.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Sigmoid(TVector x)
    {
        var one = TSimd.Fill(1f);
        return TSimd.Divide(one, TSimd.Add(one, PowerOfTwo(TSimd.Min(TSimd.Multiply(x, TSimd.Fill(-1.44269504f)), TSimd.Fill(126f)))));
    }
}
