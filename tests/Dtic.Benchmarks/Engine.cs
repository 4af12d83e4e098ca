using System.Diagnostics;
using Dtic.Benchmarks.Measures;
using Dtic.MLNet;
using Dtic.MLNet.Model;
using Dtic.MLNet.Training;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.Benchmarks;

/// <summary>All that the benchmarks know of the library's insides: the trainer, the model and its shape.</summary>
internal static class Engine
{
    public static ModelWeights Weights(DticTrainer.Options options, int window) =>
        ModelWeights.Random(options.Configuration(Workload.VocabularySize, "", window), options.Seed ?? 0);

    public static NetworkShape Shape(ModelWeights weights)
    {
        var c = weights.Configuration;
        return new NetworkShape(c.EmbeddingDimension, c.NumberOfLayers, c.FeedForwardDimension, c.ContextLength, c.ContextAttention == ContextAttention.Isolated);
    }

    /// <summary>The trainer over these prompts.</summary>
    public static TrainingLoop Trainer(DticTrainer.Options options, ModelWeights weights, IEnumerable<(PackedPrompt Prompt, float[] Labels)> prompts)
    {
        var store = new PromptStore();
        foreach (var (prompt, labels) in prompts) store.Add(prompt, labels);
        return new TrainingLoop(store, weights, options.Training(options.Seed ?? 0), CPU);
    }

    /// <summary>One forward and backward pass over prompts laid end to end, as the trainer does it; the gradients are zeroed afterwards.</summary>
    public static void ForwardBackward(ClickModel model, ModelWeights weights, IReadOnlyList<PackedPrompt> prompts)
    {
        using (var scope = NewDisposeScope())
        {
            var stream = new PromptStream(prompts, weights.Configuration.ContextLength, weights.Configuration.ContextAttention);
            model.Forward(stream).sum().backward();
        }
        foreach (var parameter in model.Parameters.Values) parameter.grad?.zero_();
    }

    /// <summary>Click logits of prompts laid end to end.</summary>
    public static float[] Logits(ModelWeights weights, IReadOnlyList<PackedPrompt> prompts)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        using var model = weights.CreateModel(CPU);
        return model.Forward(new PromptStream(prompts, weights.Configuration.ContextLength, weights.Configuration.ContextAttention)).data<float>().ToArray();
    }
}

/// <summary>
/// The real trainer, run one optimizer step at a time: it stands on a thread of its own and waits in its progress report, so that the steps of
/// several trainers can be interleaved. What is timed is what the trainer does between two reports.
/// </summary>
internal sealed class SteppedTrainer : IStepped
{
    private readonly SemaphoreSlim _go = new(0), _done = new(0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Thread _thread;
    private Exception? _failure;
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
                loop.Run(_ => Report(), _stop.Token);
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
        }) { IsBackground = true };
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
