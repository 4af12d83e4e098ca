using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Cosines and sines of rotary positions (Su et al. 2021, arXiv:2104.09864, equation 34, in the half-split layout of HuggingFace Llama):
/// angle(p, i) = p * base^(-2i / K). Angles are computed in double, because positions grow long; the table grows as needed. Thread-safe.
/// </summary>
internal sealed class RotaryTable(int headDimension, double rotaryBase)
{
    private readonly Lock _growing = new();
    private volatile RotaryAngles _angles = new([], [], 0);

    /// <summary>Angles for at least the positions 0 .. <paramref name="length"/> - 1.</summary>
    public RotaryAngles Angles(int length)
    {
        if (_angles.Length >= length) return _angles;
        lock (_growing)
        {
            if (_angles.Length < length) _angles = Compute(Math.Max(length, Math.Max(1024, 2 * _angles.Length)));
            return _angles;
        }
    }

    /// <summary>The rotation of each of N tokens.</summary>
    public Rotation At(int[] positions, Device device)
    {
        int half = headDimension / 2;
        var angles = Angles(positions.Length == 0 ? 1 : positions.Max() + 1);
        var cosines = HostTensor.Create([positions.Length, 1, half], out var cosineRows);
        var sines = HostTensor.Create([positions.Length, 1, half], out var sineRows);
        for (int i = 0; i < positions.Length; i++)
        {
            angles.Cosines.AsSpan(positions[i] * half, half).CopyTo(cosineRows[(i * half)..]);
            angles.Sines.AsSpan(positions[i] * half, half).CopyTo(sineRows[(i * half)..]);
        }
        return new Rotation(HostTensor.MoveTo(device, cosines), HostTensor.MoveTo(device, sines));
    }

    private RotaryAngles Compute(int length)
    {
        int half = headDimension / 2;
        float[] cosines = GC.AllocateUninitializedArray<float>(length * half, pinned: true);
        float[] sines = GC.AllocateUninitializedArray<float>(length * half, pinned: true);
        for (int i = 0; i < half; i++)
        {
            double frequency = Math.Pow(rotaryBase, -2.0 * i / headDimension);
            for (int p = 0; p < length; p++)
            {
                (double sine, double cosine) = Math.SinCos(p * frequency);
                cosines[(p * half) + i] = (float)cosine;
                sines[(p * half) + i] = (float)sine;
            }
        }
        return new RotaryAngles(cosines, sines, length);
    }
}

/// <summary>One row of K/2 cosines and one of K/2 sines for each of Length positions. Pinned, so that kernels may read them by
/// address; never changed.</summary>
internal sealed record RotaryAngles(float[] Cosines, float[] Sines, int Length);

/// <summary>The rotation of each of N tokens: float32 (N, 1, K/2) each.</summary>
internal readonly record struct Rotation(Tensor Cosines, Tensor Sines)
{
    /// <summary>Rotates (N, H, K), pairing dimension i with i + K/2.</summary>
    public Tensor Apply(Tensor x)
    {
        var halves = x.chunk(2, -1);
        return cat([(halves[0] * Cosines) - (halves[1] * Sines), (halves[1] * Cosines).add(halves[0] * Sines, HeldScalar.One)], -1);
    }

    public Rotation Select(Tensor tokens) => new(Cosines.index_select(0, tokens), Sines.index_select(0, tokens));
}
