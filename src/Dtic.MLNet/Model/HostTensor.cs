using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Brings managed values to torch, into memory of torch's own, which begins at a multiple of 64 bytes. A tensor over a managed array stands wherever the runtime put
/// the array, and the matrix library gives a product other bits at other addresses on some processors (AMD's Zen 4 among them): no tensor is made that way, which a
/// test holds.
/// </summary>
/// <remarks>Values are also filled in place, where going through an array would put one as large as the tensor on the large object heap, pass after pass.</remarks>
internal static class HostTensor
{
    private const int FloatsAtOnce = 1 << 28;   // a span of torch's bytes holds 2 GiB at most

    /// <summary>A float32 tensor in main memory, not yet filled, and its values.</summary>
    public static Tensor Create(long[] shape, out Span<float> values)
    {
        var tensor = empty(shape, dtype: ScalarType.Float32, device: CPU);
        values = MemoryMarshal.Cast<byte, float>(tensor.bytes);
        return tensor;
    }

    /// <summary>A float32 tensor of these values on a device.</summary>
    public static Tensor Of(ReadOnlySpan<float> values, long[] shape, Device device)
    {
        long count = shape.Aggregate(1L, (a, b) => a * b);
        if (count != values.Length) throw new ArgumentException($"{values.Length} values do not fill a shape of {count}.", nameof(values));
        var tensor = empty(shape, dtype: ScalarType.Float32, device: CPU);
        using (var flat = tensor.view(-1))
        {
            for (int begin = 0; begin < values.Length; begin += FloatsAtOnce)
            {
                var part = values.Slice(begin, Math.Min(FloatsAtOnce, values.Length - begin));
                using var to = flat.narrow(0, begin, part.Length);
                part.CopyTo(MemoryMarshal.Cast<byte, float>(to.bytes));
            }
        }
        return MoveTo(device, tensor);
    }

    /// <summary>A float32 tensor of one axis.</summary>
    public static Tensor Of(ReadOnlySpan<float> values, Device device) => Of(values, [values.Length], device);

    /// <summary>An int64 tensor of one axis.</summary>
    public static Tensor Of(ReadOnlySpan<long> values, Device device)
    {
        var tensor = empty(values.Length, dtype: ScalarType.Int64, device: CPU);
        values.CopyTo(MemoryMarshal.Cast<byte, long>(tensor.bytes));
        return MoveTo(device, tensor);
    }

    /// <summary>An int64 tensor of one axis.</summary>
    public static Tensor Of(ReadOnlySpan<int> values, Device device)
    {
        var tensor = empty(values.Length, dtype: ScalarType.Int64, device: CPU);
        var to = MemoryMarshal.Cast<byte, long>(tensor.bytes);
        for (int i = 0; i < values.Length; i++) to[i] = values[i];
        return MoveTo(device, tensor);
    }

    /// <summary>The tensor where it is wanted; what was made on the way is disposed.</summary>
    public static Tensor MoveTo(Device device, Tensor tensor)
    {
        if (device.type == TorchSharp.DeviceType.CPU) return tensor;
        using (tensor) return tensor.to(device);
    }
}
