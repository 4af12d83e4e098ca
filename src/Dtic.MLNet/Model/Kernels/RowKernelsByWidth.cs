using System.Runtime.Intrinsics;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>The functions of <see cref="RowKernels{TSimd, TVector}"/> for vectors of so many bits: 512, 256 or 128.</summary>
internal static unsafe class RowKernels
{
    /// <inheritdoc cref="RowKernels{TSimd, TVector}.RmsNorm"/>
    public static void RmsNorm(int bits, float* x, float* weight, float* y, float* r, int rows, int width, double epsilon)
    {
        if (bits == 512) RowKernels<Simd512, Vector512<float>>.RmsNorm(x, weight, y, r, rows, width, epsilon);
        else if (bits == 256) RowKernels<Simd256, Vector256<float>>.RmsNorm(x, weight, y, r, rows, width, epsilon);
        else RowKernels<Simd128, Vector128<float>>.RmsNorm(x, weight, y, r, rows, width, epsilon);
    }

    /// <inheritdoc cref="RowKernels{TSimd, TVector}.RmsNormAgain"/>
    public static void RmsNormAgain(int bits, float* x, float* weight, float* y, float* r, int rows, int width)
    {
        if (bits == 512) RowKernels<Simd512, Vector512<float>>.RmsNormAgain(x, weight, y, r, rows, width);
        else if (bits == 256) RowKernels<Simd256, Vector256<float>>.RmsNormAgain(x, weight, y, r, rows, width);
        else RowKernels<Simd128, Vector128<float>>.RmsNormAgain(x, weight, y, r, rows, width);
    }

    /// <inheritdoc cref="RowKernels{TSimd, TVector}.RmsNormBack"/>
    public static void RmsNormBack(int bits, float* x, float* weight, float* r, float* above, float* beside, float* xGradient, float* weightGradient, int rows, int width)
    {
        if (bits == 512) RowKernels<Simd512, Vector512<float>>.RmsNormBack(x, weight, r, above, beside, xGradient, weightGradient, rows, width);
        else if (bits == 256) RowKernels<Simd256, Vector256<float>>.RmsNormBack(x, weight, r, above, beside, xGradient, weightGradient, rows, width);
        else RowKernels<Simd128, Vector128<float>>.RmsNormBack(x, weight, r, above, beside, xGradient, weightGradient, rows, width);
    }

    /// <inheritdoc cref="RowKernels{TSimd, TVector}.SwiGlu"/>
    public static void SwiGlu(int bits, float* gateUp, float* y, int rows, int width)
    {
        if (bits == 512) RowKernels<Simd512, Vector512<float>>.SwiGlu(gateUp, y, rows, width);
        else if (bits == 256) RowKernels<Simd256, Vector256<float>>.SwiGlu(gateUp, y, rows, width);
        else RowKernels<Simd128, Vector128<float>>.SwiGlu(gateUp, y, rows, width);
    }

    /// <inheritdoc cref="RowKernels{TSimd, TVector}.SwiGluBack"/>
    public static void SwiGluBack(int bits, float* gateUp, float* above, float* gradient, float* y, int rows, int width)
    {
        if (bits == 512) RowKernels<Simd512, Vector512<float>>.SwiGluBack(gateUp, above, gradient, y, rows, width);
        else if (bits == 256) RowKernels<Simd256, Vector256<float>>.SwiGluBack(gateUp, above, gradient, y, rows, width);
        else RowKernels<Simd128, Vector128<float>>.SwiGluBack(gateUp, above, gradient, y, rows, width);
    }
}
