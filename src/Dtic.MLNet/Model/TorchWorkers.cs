using System.Runtime.ExceptionServices;

namespace Dtic.MLNet.Model;

/// <summary>
/// Threads that each run torch with one thread of its own. Two of them use two cores fully where torch's own threads, splitting every small
/// product, use them poorly.
/// </summary>
internal sealed class TorchWorkers : IDisposable
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _start;
    private readonly CountdownEvent _running = new(1);
    private readonly Exception?[] _failures;
    private Action<int>? _work;

    public TorchWorkers(int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        Count = count;
        _failures = new Exception?[count];
        _start = [.. Enumerable.Range(0, count).Select(_ => new SemaphoreSlim(0))];
        _threads = SingleTorchThreads.Start(count, "Dtic worker", Loop);
    }

    public int Count { get; }

    /// <summary>Runs the work once on every thread and waits for all; the first failure in thread order is thrown again.</summary>
    public void Run(Action<int> work)
    {
        _work = work;
        Array.Clear(_failures);
        _running.Reset(Count);
        foreach (var start in _start) start.Release();
        _running.Wait();
        if (Array.Find(_failures, f => f is not null) is { } failure) ExceptionDispatchInfo.Throw(failure);
    }

    public void Dispose()
    {
        _work = null;
        foreach (var start in _start) start.Release();
        foreach (var thread in _threads) thread.Join();
        foreach (var start in _start) start.Dispose();
        _running.Dispose();
    }

    private void Loop(int index)
    {
        while (true)
        {
            _start[index].Wait();
            if (_work is not { } work) return;
            try
            {
                work(index);
            }
#pragma warning disable CA1031 // handed to the thread that waits
            catch (Exception failure)
#pragma warning restore CA1031
            {
                _failures[index] = failure;
            }
            _running.Signal();
        }
    }
}
