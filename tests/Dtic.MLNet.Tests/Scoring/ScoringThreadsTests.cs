using System.Collections.Concurrent;
using Dtic.MLNet.Scoring;
using Dtic.MLNet.Tests.Model;
using TorchSharp;

namespace Dtic.MLNet.Tests.Scoring;

[TestClass]
public sealed class ScoringThreadsTests
{
    [TestMethod]
    [DataRow(0, 3)]
    [DataRow(1, 3)]
    [DataRow(100, 1)]
    [DataRow(100, 3)]
    [DataRow(100, 1000)]
    public void Run_EveryPart_IsDoneOnceWithOneTorchThread(int parts, int atOnce)
    {
        using var threads = new TorchThreads(2);
        var done = new int[parts];
        var torchThreads = new ConcurrentDictionary<int, bool>();

        ScoringThreads.Run(parts, atOnce, part =>
        {
            Interlocked.Increment(ref done[part]);
            torchThreads[torch.get_num_threads()] = true;
        });

        Assert.IsTrue(done.All(times => times == 1));
        CollectionAssert.AreEqual(parts > 0 ? new[] { 1 } : [], torchThreads.Keys.ToArray());
        Assert.AreEqual(2, torch.get_num_threads());
        Assert.AreEqual(2, TorchThreads.OfANewThread());
    }

    [TestMethod]
    public void Run_ManyCallers_ShareAsManyThreadsAsThereAreCores()
    {
        var names = new ConcurrentDictionary<string, bool>();
        Thread[] callers = [.. Enumerable.Range(0, 32).Select(_ => new Thread(() => ScoringThreads.Run(20, 20, _ => names[Thread.CurrentThread.Name!] = true)))];

        Array.ForEach(callers, caller => caller.Start());
        Array.ForEach(callers, caller => caller.Join());

        Assert.IsLessThanOrEqualTo(Environment.ProcessorCount, names.Count);
        Assert.IsTrue(names.Keys.All(name => name.StartsWith("Dtic scoring ", StringComparison.Ordinal)), string.Join(", ", names.Keys));
    }

    [TestMethod]
    public void Run_APartFails_ThrowsItWithItsStackAndGoesOn()
    {
        int begun = 0;

        var failure = Assert.ThrowsExactly<InvalidOperationException>(() => ScoringThreads.Run(10_000, 2, part =>
        {
            Interlocked.Increment(ref begun);
            if (part == 3) Fail();
            Thread.Sleep(1);   // throwing takes its time
        }));

        Assert.AreEqual("the third", failure.Message);
        Assert.Contains(nameof(Fail), failure.StackTrace!);
        Assert.IsLessThan(10_000, begun);
        int sum = 0;
        ScoringThreads.Run(4, 2, part => Interlocked.Add(ref sum, part));
        Assert.AreEqual(6, sum);
    }

    [TestMethod]
    public void Run_WithinItself_Ends()
    {
        int cores = Environment.ProcessorCount, done = 0;

        ScoringThreads.Run(2 * cores, 2 * cores, _ => ScoringThreads.Run(3, 3, _ => Interlocked.Increment(ref done)));

        Assert.AreEqual(6 * cores, done);
    }

    [TestMethod]
    public void Run_SomebodysLongBatch_LetsASmallCallThrough()
    {
        using var mayEnd = new ManualResetEventSlim();
        int parts = 0;
        var batch = new Thread(() => ScoringThreads.Run(100_000, int.MaxValue, _ =>
        {
            Interlocked.Increment(ref parts);
            if (!mayEnd.IsSet) Thread.Sleep(1);
        }));
        batch.Start();
        SpinWait.SpinUntil(() => Volatile.Read(ref parts) > 0);

        ScoringThreads.Run(1, 1, _ => mayEnd.Set());   // the batch alone would take a minute and more

        batch.Join();
        Assert.AreEqual(100_000, parts);
    }

    private static void Fail() => throw new InvalidOperationException("the third");
}
