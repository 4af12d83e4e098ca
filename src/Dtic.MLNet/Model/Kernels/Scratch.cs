using System.Runtime.InteropServices;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Working memory of the calling thread, cut into aligned pieces. Kept from call to call, unless it was unusually large.</summary>
internal sealed unsafe class Scratch : IDisposable
{
    private const int Alignment = 16, LargestKept = 1 << 23;   // floats

    [ThreadStatic]
    private static float[]? _kept;

    private readonly float[] _memory;   // pinned
    private long _used;

    /// <param name="floats">In all.</param>
    /// <param name="pieces">How many pieces will be taken.</param>
    public Scratch(long floats, int pieces)
    {
        long wanted = floats + ((pieces + 1) * Alignment);
        if (_kept is { } kept && kept.Length >= wanted)
        {
            _memory = kept;
        }
        else
        {
            _memory = GC.AllocateUninitializedArray<float>(checked((int)wanted), pinned: true);
            if (wanted <= LargestKept) _kept = _memory;
        }
        long address = (long)Start(_memory);
        _used = ((Alignment * sizeof(float)) - (address % (Alignment * sizeof(float)))) % (Alignment * sizeof(float)) / sizeof(float);
    }

    /// <summary>The next piece, at an address that whole vectors like; not cleared. Valid until disposal.</summary>
    public float* Take(long floats)
    {
        float* piece = Start(_memory) + _used;
        _used += (floats + Alignment - 1) / Alignment * Alignment;
        return piece;
    }

    /// <summary>Ends the use of all pieces.</summary>
    public void Dispose() => GC.KeepAlive(_memory);

    private static float* Start(float[] pinned) => (float*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0);
}
