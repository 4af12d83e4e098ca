using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Float tensors filled in place. Going through an array would put one as large as the tensor on the large object heap, pass after pass.
/// </summary>
internal static class HostTensor
{
    /// <summary>A float32 tensor in main memory, not yet filled, and its values.</summary>
    public static Tensor Create(long[] shape, out Span<float> values)
    {
        var tensor = empty(shape, dtype: ScalarType.Float32, device: CPU);
        values = MemoryMarshal.Cast<byte, float>(tensor.bytes);
        return tensor;
    }

    /// <summary>The tensor where it is wanted; what was made on the way is disposed.</summary>
    public static Tensor MoveTo(Device device, Tensor tensor)
    {
        if (device.type == TorchSharp.DeviceType.CPU) return tensor;
        using (tensor) return tensor.to(device);
    }
}
