using Dtic.MLNet.Scoring;
using TorchSharp;

namespace Dtic.MLNet.Tests.Scoring;

[TestClass]
public sealed class DevicesTests
{
    private const string Remedy =
        " Use a GPU that is there (this needs the package TorchSharp-cuda-linux or TorchSharp-cuda-windows in the application), or set FallbackToCpu.";

    [TestMethod]
    public void Choose_NoGpuAskedFor_IsTheProcessor() => Assert.AreEqual(DeviceType.CPU, Devices.Choose(null, fallbackToCpu: false).type);

    [TestMethod]
    public void Choose_GpuThatTorchSees_IsThatGpu()
    {
        var device = Devices.Choose(1, fallbackToCpu: false, gpuCount: 2);

        Assert.AreEqual((DeviceType.CUDA, 1), (device.type, device.index));
    }

    [TestMethod]
    [DataRow(0, 0, "GpuDeviceId is 0, but torch sees no GPU.")]
    [DataRow(1, 1, "GpuDeviceId is 1, but torch sees one GPU, number 0.")]
    [DataRow(4, 3, "GpuDeviceId is 4, but torch sees GPUs 0 to 2.")]
    [DataRow(-1, 1, "GpuDeviceId is -1, but torch sees one GPU, number 0.")]
    public void Choose_GpuThatIsNotThere_ThrowsOrFallsBack(int asked, int present, string message)
    {
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => Devices.Choose(asked, fallbackToCpu: false, present));

        Assert.AreEqual(message + Remedy, exception.Message);
        Assert.AreEqual(DeviceType.CPU, Devices.Choose(asked, fallbackToCpu: true, present).type);
    }

    [TestMethod]
    public void Choose_GpuFarBeyondThoseOfThisMachine_ThrowsOrFallsBack()
    {
        Assert.ThrowsExactly<InvalidOperationException>(() => Devices.Choose(1000, fallbackToCpu: false));
        Assert.AreEqual(DeviceType.CPU, Devices.Choose(1000, fallbackToCpu: true).type);
    }
}
