using TorchSharp;

namespace Dtic.MLNet.Tests.Model;

/// <summary>Finds tensors that nobody disposed.</summary>
internal static class LiveTensors
{
    /// <param name="action">What must leave no tensor behind.</param>
    /// <param name="parameters">Parameters made on the way: TorchSharp counts their beginning twice and their end once.</param>
    public static void AssertNoneLeft(Action action, int parameters = 0)
    {
        action();   // what is made once per process is made now
        GC.Collect();
        GC.WaitForPendingFinalizers();
        long before = torch.Tensor.TotalCount;

        action();

        Assert.AreEqual(before + parameters, torch.Tensor.TotalCount);
    }
}
