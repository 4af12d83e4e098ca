using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Where tensors stand in main memory.</summary>
internal static unsafe class Memory
{
    /// <summary>The first element of a contiguous float32 tensor on the CPU. Valid while the tensor is held.</summary>
    public static float* Of(Tensor x) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes));
}
