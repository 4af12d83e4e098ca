using Dtic.MLNet.Interop;
using Dtic.MLNet.Model.Kernels;
using Dtic.MLNet.Tests.Interop;
using TorchSharp;

// Torch's generator and thread settings belong to the process, and some tests compare them.
[assembly: DoNotParallelize]

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class TestExecution
{
    /// <summary>The networks of these tests are tiny: torch's own threads would only wait for each other, minutes on a busy machine.</summary>
    [AssemblyInitialize]
    public static void UseOneTorchThread(TestContext context)
    {
        if (Environment.GetEnvironmentVariable(TorchLibraryTests.ReportVariable) is not null) return;
        TorchLibrary.EnsureLoaded();
        torch.set_num_threads(1);
        if (Environment.GetEnvironmentVariable("DTIC_OWN_PRODUCTS") is not null) LinearProducts.AlsoForLarge = true;   // as on processors that are not by Intel
    }
}
