using Dtic.MLNet.Model;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class NativeHeapTests
{
    [TestMethod]
    public void Leases_OverlappingAndDisposedTwice_LeaveTheHeapUsable()
    {
        for (int round = 0; round < 2; round++)
        {
            var one = NativeHeap.Begin();
            var other = NativeHeap.Begin();
            Assert.AreEqual(NativeHeap.IsSupported, one is not null && other is not null);
            one?.Dispose();
            one?.Dispose();
            using var large = TorchSharp.torch.ones(3 << 20);
            other?.Dispose();
            Assert.AreEqual(3 << 20, large.sum().item<float>());
        }
    }

    [TestMethod]
    public void Begin_OnGlibcWithoutSettingsOfTheUser_IsSupported()
    {
        bool isGlibc = OperatingSystem.IsLinux() && System.Runtime.InteropServices.RuntimeInformation.RuntimeIdentifier.StartsWith("linux-x", StringComparison.Ordinal);
        bool isSetUp = Environment.GetEnvironmentVariables().Keys.Cast<string>().Any(name => name.StartsWith("MALLOC_", StringComparison.Ordinal) || name == "GLIBC_TUNABLES");
        if (!isGlibc || isSetUp) Assert.Inconclusive("Not on glibc, or set up by the environment.");

        Assert.IsTrue(NativeHeap.IsSupported);
    }
}
