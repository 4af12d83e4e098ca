using Dtic.MLNet.Model.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Inverted dropout (Srivastava et al. 2014) whose masks depend on a key per token alone: how a step is cut into passes and spread over
/// threads changes nothing, and torch's generators stay untouched.
/// </summary>
/// <param name="rate">Share of values dropped, in steps of 1 / 65536.</param>
/// <param name="stream">The tokens.</param>
/// <param name="keys">One key for each token of the stream.</param>
internal sealed class Dropout(double rate, PromptStream stream, ulong[] keys)
{
    private readonly uint _dropped = (uint)Math.Round(rate * 65536);
    private readonly float _kept = (float)(1 / (1 - rate));
    private readonly ulong[] _sumKeys = Array.ConvertAll(stream.SumTokens, t => keys[t]);
    private ulong _call;

    /// <summary>Drops values of (N, D), or of (T, D) when only the [SUM] tokens go on; each call draws anew.</summary>
    public Tensor Apply(Tensor x)
    {
        ulong[] rows = x.shape[0] == keys.Length ? keys : _sumKeys;
        int width = (int)x.shape[1];
        _call++;
        if (x.device.type == DeviceType.CPU && x.dtype == ScalarType.Float32)
            return DropoutFunction.apply(x, Array.ConvertAll(rows, key => SeedMix.Add(key, _call)), _dropped, _kept);
        var factors = HostTensor.Create([rows.Length, width], out var mask);
        for (int row = 0, at = 0; row < rows.Length; row++)
        {
            ulong key = SeedMix.Add(rows[row], _call), bits = 0;
            for (int i = 0; i < width; i++, at++, bits >>= 16)
            {
                if (i % 4 == 0) bits = SeedMix.Add(key, (ulong)i);   // 64 bits last for four values
                mask[at] = (bits & 0xFFFF) < _dropped ? 0 : _kept;
            }
        }
        using var onDevice = HostTensor.MoveTo(x.device, factors);
        return x * onDevice;
    }
}
