using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

/// <summary>Where tensors stand in main memory. On some processors a product has other bits at other addresses; torch gives its own tensors multiples of 64 bytes.</summary>
internal static class Alignment
{
    private const int Bytes = 64;

    public static void AssertAligned(IEnumerable<(string Name, Tensor Tensor)> tensors)
    {
        (string Name, long Behind)[] all = [.. tensors.Select(t => (t.Name, Address(t.Tensor) % Bytes))];
        string[] wrong = [.. all.Where(t => t.Behind != 0).Select(t => $"{t.Name} stands {t.Behind} bytes behind a multiple of {Bytes}.")];

        Assert.IsNotEmpty(all);
        Assert.IsEmpty(wrong, string.Join(Environment.NewLine, wrong));
    }

    private static long Address(Tensor tensor) => Unsafe.ByteOffset(ref Unsafe.NullRef<byte>(), ref MemoryMarshal.GetReference(tensor.bytes));
}
