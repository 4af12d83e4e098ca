using Dtic.MLNet.Model.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Attention over one pass of a <see cref="PromptStream"/>: rotation, scale, bias, mask and prefix, between the projections and the output.
/// </summary>
/// <remarks>
/// Letters: N tokens, T targets, D hidden width, H heads, K = D / H. The score of query token t and key token s in head h is
/// <c>rotate(q_t) . rotate(k_s) / sqrt(K) - slope_h * BiasScales[t] * (Places[t] - Places[s])</c>, without rotation where there is no rotary
/// table; a key of the prefix is scored <c>q_t . k_s / sqrt(K)</c>, so that a prompt's length changes nothing. Where
/// initial states are given, the query reads each key and value as <c>(1 - a) k + a k0</c> with a = <see cref="PromptStream.ResetShare"/>. Which keys a query has is
/// the stream's word (<see cref="PromptStream.FirstKey"/>, <see cref="PromptStream.Admits"/>). Back ends read these arrays and know nothing
/// else of prompts. An instance belongs to one pass; it may be disposed before the backward pass.
/// </remarks>
internal abstract class StreamAttention : IDisposable
{
    /// <summary>Every token asks, or only the [SUM] tokens, which is all that the last layer needs.</summary>
    public static StreamAttention Create(PromptStream stream, AttentionShape shape, bool sumsOnly, Device device)
    {
        int bits = device.type == DeviceType.CPU && stream.Attention != ContextAttention.WindowedReset ? SimdWidth.For(shape.HeadDimension) : 0;
        return bits > 0 ? new SimdAttention(stream, shape, sumsOnly, bits) : new BlockedAttention(stream, shape, sumsOnly, device);
    }

    /// <summary>Where every token asks.</summary>
    /// <param name="queryKeyValue">float32 (N, 3D): each token's query, key and value, head by head.</param>
    /// <param name="initialKeyValue">float32 (N, 2D): key and value of each token's initial state, with <see cref="ContextAttention.WindowedReset"/> in every layer but the first; else null.</param>
    /// <returns>float32 (N, D): what each token reads, in stream order.</returns>
    public abstract Tensor Attend(Tensor queryKeyValue, Tensor? initialKeyValue);

    /// <summary>Where only the [SUM] tokens ask.</summary>
    /// <param name="query">float32 (T, D).</param>
    /// <param name="keyValue">float32 (N, 2D): each token's key and value.</param>
    /// <param name="initialKeyValue">As above.</param>
    /// <returns>float32 (T, D).</returns>
    public abstract Tensor Attend(Tensor query, Tensor keyValue, Tensor? initialKeyValue);

    public abstract void Dispose();
}

/// <summary>What all layers' attention has in common.</summary>
/// <param name="Heads">H.</param>
/// <param name="HeadDimension">K; even.</param>
/// <param name="Slopes">One per head, not negative: what a score loses per unit of distance.</param>
/// <param name="Rotary">The rotation by position; null = none.</param>
internal sealed record AttentionShape(int Heads, int HeadDimension, float[] Slopes, RotaryTable? Rotary)
{
    /// <summary>K^-1/2 (Vaswani et al. 2017, arXiv:1706.03762, equation 1).</summary>
    public double Scale => 1 / Math.Sqrt(HeadDimension);
}
