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

    /// <summary>What the next call drops of N rows, or of T: for kernels that drop on their way.</summary>
    public DropoutMask Next(int rows)
    {
        _call++;
        return new DropoutMask(Array.ConvertAll(rows == keys.Length ? keys : _sumKeys, key => SeedMix.Add(key, _call)), _dropped, _kept);
    }

    /// <summary>Drops values of (N, D), or of (T, D) when only the [SUM] tokens go on; each call draws anew.</summary>
    public Tensor Apply(Tensor x)
    {
        var mask = Next((int)x.shape[0]);
        ulong[] rows = mask.Keys;
        int width = (int)x.shape[1];
        if (x.device.type == DeviceType.CPU && x.dtype == ScalarType.Float32) return DropoutFunction.apply(x, rows, mask.Dropped, mask.Kept);
        var factors = HostTensor.Create([rows.Length, width], out var values);
        for (int row = 0, at = 0; row < rows.Length; row++)
        {
            ulong bits = 0;
            for (int i = 0; i < width; i++, at++, bits >>= 16)
            {
                if (i % 4 == 0) bits = SeedMix.Add(rows[row], (ulong)i);   // 64 bits last for four values
                values[at] = (bits & 0xFFFF) < _dropped ? 0 : _kept;
            }
        }
        using var onDevice = HostTensor.MoveTo(x.device, factors);
        return x * onDevice;
    }
}

/// <summary>What one call drops.</summary>
/// <param name="Keys">One for each row.</param>
/// <param name="Dropped">Share of values dropped, in 1 / 65536.</param>
/// <param name="Kept">Factor of the others.</param>
internal sealed record DropoutMask(ulong[] Keys, uint Dropped, float Kept);
