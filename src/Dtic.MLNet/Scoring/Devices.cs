using System.Globalization;
using Dtic.MLNet.Interop;
using Dtic.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using TorchSharp;

namespace Dtic.MLNet.Scoring;

/// <summary>Where torch computes: decided here and nowhere else.</summary>
/// <param name="gpuDeviceId">Asked when the device is chosen, because a user may set it late.</param>
/// <param name="fallbackToCpu">Likewise.</param>
internal sealed class Devices(Func<int?> gpuDeviceId, Func<bool> fallbackToCpu)
{
    /// <summary>What the environment's public members tell: an MLContext's settings, else the processor.</summary>
    public static Devices Of(IHostEnvironment environment) => environment is MLContext context
        ? new Devices(() => context.GpuDeviceId, () => context.FallbackToCpu)
        : new Devices(() => null, () => true);

    /// <summary>The settings behind a catalog or a loading context, which only ML.NET's internals tell.</summary>
    public static Devices OfInternals(IHostEnvironment environment) =>
        new(() => MLNetInternals.GpuDeviceId(environment), () => MLNetInternals.FallbackToCpu(environment));

    /// <summary>The device to compute on now.</summary>
    /// <exception cref="InvalidOperationException">The GPU asked for is not there, and there is no fallback.</exception>
    /// <exception cref="TorchUnavailableException">Torch cannot be loaded.</exception>
    public torch.Device Choose() => Choose(gpuDeviceId(), fallbackToCpu());

    /// <summary>The GPU asked for, or the processor when none is.</summary>
    /// <param name="gpuDeviceId">The number of the GPU, as in <c>MLContext.GpuDeviceId</c>; null for the processor.</param>
    /// <param name="fallbackToCpu">Whether the processor stands in for a GPU that is not there.</param>
    /// <exception cref="InvalidOperationException">The GPU is not there, and there is no fallback.</exception>
    /// <exception cref="TorchUnavailableException">Torch cannot be loaded.</exception>
    public static torch.Device Choose(int? gpuDeviceId, bool fallbackToCpu)
    {
        TorchLibrary.EnsureLoaded();
        return gpuDeviceId is { } id ? Choose(id, fallbackToCpu, torch.cuda.is_available() ? torch.cuda.device_count() : 0) : torch.CPU;
    }

    internal static torch.Device Choose(int gpuDeviceId, bool fallbackToCpu, int gpuCount)
    {
        if (gpuDeviceId >= 0 && gpuDeviceId < gpuCount)
        {
            return new torch.Device(DeviceType.CUDA, gpuDeviceId);
        }

        return fallbackToCpu ? torch.CPU : throw new InvalidOperationException(string.Create(
            CultureInfo.InvariantCulture,
            $"GpuDeviceId is {gpuDeviceId}, but torch sees {gpuCount switch { 0 => "no GPU", 1 => "one GPU, number 0", _ => $"GPUs 0 to {gpuCount - 1}" }}. "
            + $"Use a GPU that is there (this needs the package TorchSharp-cuda-linux or TorchSharp-cuda-windows in the application), or set FallbackToCpu."));
    }
}
