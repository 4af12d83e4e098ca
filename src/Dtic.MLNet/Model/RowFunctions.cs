using Dtic.MLNet.Model.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dtic.MLNet.Model;

/// <summary>
/// The network's functions of single rows: the processor's kernels where the rows are whole vectors of float32 in main memory, else torch's.
/// </summary>
internal static class RowFunctions
{
    /// <summary>x / sqrt(mean(x^2) + epsilon) * weight, over the last axis (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    /// <param name="x">(N, D).</param>
    /// <param name="weight">(D).</param>
    /// <param name="epsilon">Above 0.</param>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        if (Bits(x, x.shape[1]) is > 0 and int bits && weight.shape is [var width] && width == x.shape[1]) return RmsNormFunction.apply(x, weight, epsilon, bits);
        using Scalar e = epsilon;
        return x * (x * x).mean([-1], keepdim: true).add(e, HeldScalar.One).rsqrt() * weight;
    }

    /// <summary>norm(x) [weights]^T: the results of all weights side by side.</summary>
    /// <param name="x">(N, D).</param>
    /// <param name="norm">(D).</param>
    /// <param name="epsilon">Of the norm.</param>
    /// <param name="weights">(their results, D) each.</param>
    /// <returns>(N, results).</returns>
    public static Tensor NormedLinear(Tensor x, Tensor norm, double epsilon, params Tensor[] weights)
    {
        if (Bits(x, x.shape[1], weights.Sum(w => w.shape[0])) is > 0 and int bits) return NormedLinearFunction.apply([x, norm, epsilon, bits, .. weights]);
        return F.linear(RmsNorm(x, norm, epsilon), cat(weights));
    }

    /// <summary>x + drop(y weight^T).</summary>
    /// <param name="x">(Q, D).</param>
    /// <param name="y">(Q, K).</param>
    /// <param name="weight">(D, K).</param>
    /// <param name="dropout">Null = nothing is dropped.</param>
    public static Tensor ResidualLinear(Tensor x, Tensor y, Tensor weight, Dropout? dropout)
    {
        if (Bits(x, x.shape[1], y.shape[1]) is > 0 and int bits) return ResidualLinearFunction.apply(x, y, weight, dropout?.Next((int)x.shape[0])!, bits);
        var h = F.linear(y, weight);
        return x.add(dropout?.Apply(h) ?? h, HeldScalar.One);
    }

    /// <summary>silu(gate) * up (Shazeer 2020, arXiv:2002.05202).</summary>
    /// <param name="gateUp">(N, 2F): gate, then up.</param>
    /// <returns>(N, F).</returns>
    public static Tensor SwiGlu(Tensor gateUp)
    {
        if (Bits(gateUp, gateUp.shape[1] / 2) is > 0 and int bits) return SwiGluFunction.apply(gateUp, bits);
        var parts = gateUp.chunk(2, 1);
        return F.silu(parts[0]) * parts[1];
    }

    /// <summary>x + drop(SwiGLU(norm(x) [gate up]^T) down^T): a layer's second half.</summary>
    /// <param name="x">(Q, D).</param>
    /// <param name="norm">(D).</param>
    /// <param name="gate">(F, D).</param>
    /// <param name="up">(F, D).</param>
    /// <param name="down">(D, F).</param>
    /// <param name="epsilon">Of the norm.</param>
    /// <param name="dropout">Null = nothing is dropped.</param>
    /// <returns>(Q, D).</returns>
    public static Tensor FeedForward(Tensor x, Tensor norm, Tensor gate, Tensor up, Tensor down, double epsilon, Dropout? dropout)
    {
        if (Bits(x, x.shape[1], gate.shape[0]) is > 0 and int bits)
            return FeedForwardFunction.apply(x, norm, gate, up, down, epsilon, dropout?.Next((int)x.shape[0])!, bits);
        return ResidualLinear(x, SwiGlu(NormedLinear(x, norm, epsilon, gate, up)), down, dropout);
    }

    /// <summary>The widest vectors that rows of these widths are whole numbers of; 0 = none.</summary>
    private static int Bits(Tensor x, params long[] widths) =>
        x.device.type == DeviceType.CPU && x.dtype == ScalarType.Float32 ? SimdWidth.Supported.FirstOrDefault(bits => Array.TrueForAll(widths, w => w % (bits / 32) == 0)) : 0;
}
