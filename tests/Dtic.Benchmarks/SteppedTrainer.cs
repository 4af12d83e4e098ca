using System.Diagnostics;
using Dtic.MLNet;
using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.Benchmarks;

/// <summary>
/// The real trainer, run one optimizer step at a time: it stands on a thread of its own and waits in its progress report, so that the steps of
/// several trainers can be interleaved. What is timed is what the trainer does between two reports.
/// </summary>
internal sealed class SteppedTrainer : IStepped
{
    private readonly SemaphoreSlim _go = new(0), _done = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private InvalidOperationException? _failure;
    private long _started;
    private double _seconds;

    public SteppedTrainer(DticTrainer.Options options, ModelWeights weights, IEnumerable<(PackedPrompt Prompt, float[] Labels)> prompts)
    {
        int threads = options.NumberOfThreads ?? Environment.ProcessorCount;
        var loop = Engine.Trainer(options, weights, prompts);
        _thread = new Thread(() =>
        {
            set_num_threads(threads);   // torch keeps it per thread; the update runs on this one
            Wait();
            try
            {
                loop.Run(_ => Report(), _stop.Token.ThrowIfCancellationRequested);
                _failure = new InvalidOperationException("It has no step left.");
            }
            catch (OperationCanceledException)
            {
            }
            catch (InvalidOperationException failure)
            {
                _failure = failure;
            }
            finally
            {
                loop.Dispose();
                _done.Release();
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <inheritdoc/>
    public double Step()
    {
        _go.Release();
        _done.Wait();
        return _failure is null ? _seconds : throw new InvalidOperationException($"The trainer failed: {_failure.Message}", _failure);
    }

    public void Dispose()
    {
        _stop.Cancel();
        _go.Release();
        _thread.Join();
        _stop.Dispose();
        _go.Dispose();
        _done.Dispose();
    }

    private void Report()
    {
        _seconds = Stopwatch.GetElapsedTime(_started).TotalSeconds;
        _done.Release();
        Wait();
    }

    private void Wait()
    {
        _go.Wait();
        _started = Stopwatch.GetTimestamp();
    }
}

/// <summary>Work whose steps are timed in turn with those of others.</summary>
internal interface IStepped : IDisposable
{
    /// <summary>Does one step.</summary>
    /// <returns>Seconds.</returns>
    double Step();
}
