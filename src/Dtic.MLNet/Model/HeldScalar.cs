using TorchSharp;

namespace Dtic.MLNet.Model;

/// <summary>
/// A scalar that lives as long as the process. A temporary one may be finalized while the native call still reads it, and even
/// <c>a + b</c> of two tensors makes one: additions are written <c>a.add(b, HeldScalar.One)</c>.
/// </summary>
internal static class HeldScalar
{
    public static readonly Scalar One = 1f;
}
