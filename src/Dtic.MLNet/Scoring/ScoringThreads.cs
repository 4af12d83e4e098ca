using System.Collections.Concurrent;
using Dtic.MLNet.Model;

namespace Dtic.MLNet.Scoring;

/// <summary>
/// The threads on which the process scores: one for each core, each with one torch thread, for all scorers and all callers. So scores have the same bits whoever calls
/// and whatever torch's number of threads is, and callers, however many, do not make torch start threads for each of them.
/// </summary>
/// <remarks>They are started by the first scoring, wait without cost, and live as long as the process.</remarks>
internal sealed class ScoringThreads : TaskScheduler
{
    private static readonly Lazy<ScoringThreads> OfTheProcess = new(() => new ScoringThreads());

    [ThreadStatic]
    private static bool _isOne;

    private readonly BlockingCollection<Task> _waiting = [];

    private ScoringThreads() => SingleTorchThreads.Start(MaximumConcurrencyLevel, "Dtic scoring", _ =>
    {
        _isOne = true;
        foreach (var task in _waiting.GetConsumingEnumerable()) TryExecuteTask(task);
    });

    public override int MaximumConcurrencyLevel { get; } = Environment.ProcessorCount;

    /// <summary>Does the parts of some work and waits for all of them. A failure is thrown again, and parts that had not begun are left out.</summary>
    /// <param name="parts">How many; they begin in the order of their numbers.</param>
    /// <param name="atOnce">Threads to use at most; 1 or more.</param>
    /// <param name="work">Does the part of a number, from 0.</param>
    public static void Run(int parts, int atOnce, Action<int> work)
    {
        int next = -1;
        if (_isOne)   // waiting for the others it could wait for ever: they may wait, too
        {
            for (int part = 0; part < parts; part++) work(part);
            return;
        }
        var threads = OfTheProcess.Value;
        int runs = Math.Min(Math.Min(parts, atOnce), threads.MaximumConcurrencyLevel);
        Task[] all = [.. Enumerable.Range(0, runs).Select(_ => Task.Factory.StartNew(Go, CancellationToken.None, TaskCreationOptions.DenyChildAttach, threads).Unwrap())];
        Task.WhenAll(all).GetAwaiter().GetResult();

        async Task Go()
        {
            try
            {
                for (int part = Interlocked.Increment(ref next); part < parts;)
                {
                    work(part);
                    part = Interlocked.Increment(ref next);
                    if (part < parts) await Task.Yield();   // to the end of the queue: a single request does not wait for the whole of somebody's batch
                }
            }
            catch
            {
                Interlocked.Exchange(ref next, parts);
                throw;
            }
        }
    }

    protected override void QueueTask(Task task) => _waiting.Add(task);

    protected override bool TryExecuteTaskInline(Task task, bool taskWasPreviouslyQueued) => false;

    protected override IEnumerable<Task> GetScheduledTasks() => [.. _waiting];
}
