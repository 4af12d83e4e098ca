using Dtic.MLNet.Model;
using TorchSharp;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class TorchWorkersTests
{
    [TestMethod]
    public void Run_EveryThread_WorksOnceWithOneTorchThread()
    {
        using var threads = new TorchThreads(2);
        using var workers = new TorchWorkers(3);
        for (int round = 0; round < 20; round++)
        {
            var calls = new int[3];
            var torchThreads = new int[3];

            workers.Run(i =>
            {
                Interlocked.Increment(ref calls[i]);
                torchThreads[i] = torch.get_num_threads();
            });

            CollectionAssert.AreEqual(new[] { 1, 1, 1 }, calls);
            CollectionAssert.AreEqual(new[] { 1, 1, 1 }, torchThreads);
        }
    }

    [TestMethod]
    public void Run_Failures_ThrowsTheFirstInThreadOrderAndCanGoOn()
    {
        using var workers = new TorchWorkers(3);
        bool lastWorked = false;

        var failure = Assert.ThrowsExactly<InvalidOperationException>(() => workers.Run(i =>
        {
            lastWorked |= i == 2;
            if (i < 2)
            {
                throw new InvalidOperationException($"thread {i}");
            }
        }));

        Assert.AreEqual("thread 0", failure.Message);
        Assert.IsTrue(lastWorked);
        int sum = 0;
        workers.Run(i => Interlocked.Add(ref sum, i));
        Assert.AreEqual(3, sum);
    }

    [TestMethod]
    public void Dispose_OverlappingWorkers_RestoresTheThreadsOfTorch()
    {
        using var threads = new TorchThreads(2);
        var first = new TorchWorkers(2);
        var second = Task.Factory.StartNew(() => new TorchWorkers(2), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default).Result;
        second.Run(_ => { });

        first.Dispose();
        second.Dispose();

        Assert.AreEqual(2, torch.get_num_threads());
        Assert.AreEqual(2, TorchThreads.OfANewThread());
    }

    [TestMethod]
    public void Run_OtherWorkersWereDisposed_KeepsOneTorchThread()
    {
        float[] expected;
        using (new TorchThreads(1)) expected = Product();
        using var threads = new TorchThreads(2);
        using var workers = new TorchWorkers(2);
        workers.Run(_ => { });   // all have begun, and none has used torch

        new TorchWorkers(1).Dispose();

        var torchThreads = new int[2];
        var products = new float[2][];
        workers.Run(i => (products[i], torchThreads[i]) = (Product(), torch.get_num_threads()));
        CollectionAssert.AreEqual(new[] { 1, 1 }, torchThreads);
        foreach (float[] product in products) CollectionAssert.AreEqual(expected, product);
    }

    [TestMethod]
    public void Constructor_WhileTheyLive_LeavesTheThreadsOfTorch()
    {
        using var threads = new TorchThreads(2);
        using var workers = new TorchWorkers(2);

        workers.Run(_ => Product());

        Assert.AreEqual(2, torch.get_num_threads());
        Assert.AreEqual(2, TorchThreads.OfANewThread());
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(-1)]
    public void Constructor_NoThreads_Throws(int count)
    {
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new TorchWorkers(count));
    }

    /// <summary>Of a size that torch splits over its threads.</summary>
    private static float[] Product()
    {
        using var scope = torch.NewDisposeScope();
        return torch.arange(400 * 300, dtype: torch.float32).reshape(400, 300).sin().mm(torch.arange(300 * 200, dtype: torch.float32).reshape(300, 200).cos()).data<float>().ToArray();
    }
}
