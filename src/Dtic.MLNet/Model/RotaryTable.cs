using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Cosines and sines of rotary positions (Su et al. 2021, arXiv:2104.09864, equation 34, in the half-split layout of HuggingFace Llama):
/// angle(p, i) = p * base^(-2i / K). Angles are computed in double, because positions grow long; the table grows as needed. Thread-safe.
/// </summary>
internal sealed class RotaryTable(int headDimension, double rotaryBase, Device device) : IDisposable
{
    private Tensor? _cosines, _sines;
    private readonly Lock _growing = new();
    private int _length;

    public Rotation At(int[] positions)
    {
        using var index = tensor(Array.ConvertAll(positions, p => (long)p), device: device);
        lock (_growing)
        {
            Grow(positions.Length == 0 ? 1 : positions.Max() + 1);
            return new Rotation(_cosines!.index_select(0, index), _sines!.index_select(0, index));
        }
    }

    public void Dispose()
    {
        _cosines?.Dispose();
        _sines?.Dispose();
    }

    private void Grow(int length)
    {
        if (length <= _length) return;
        length = Math.Max(length, Math.Max(1024, 2 * _length));
        int half = headDimension / 2;
        var cosines = new float[length * half];
        var sines = new float[length * half];
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
        Dispose();
        _cosines = tensor(cosines, [length, 1, half], device: device).DetachFromDisposeScope();
        _sines = tensor(sines, [length, 1, half], device: device).DetachFromDisposeScope();
        _length = length;
    }
}

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
