using System.Diagnostics;
using Dtic.MLNet;
using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.Benchmarks;

/// <summary>
/// Sliding-window training as one would write it in TorchSharp: each target's prompt on its own, sorted by length into padded batches,
/// gradients accumulated over one optimizer step's targets, TorchSharp's AdamW.
/// </summary>
/// <remarks>
/// One step has as many targets as the trainer's. Nothing is dropped out and gradients are not clipped, both in the baseline's favour, and
/// what is made in a batch is disposed behind it; without that TorchSharp programs are several times slower still.
/// </remarks>
internal sealed class PaddedSlidingWindow : IStepped
{
    private const int PromptsPerBatch = 32;

    private readonly PaddedModel _model;
    private readonly torch.optim.Optimizer _optimizer;
    private readonly (PackedPrompt Prompt, float Label)[] _prompts;
    private readonly int _stepTargets, _threads;
    private int _at;

    /// <param name="options">Batch size, learning rate, decay and threads are taken.</param>
    /// <param name="weights">To begin with.</param>
    /// <param name="prompts">Prompts of one target each, gone through in this order again and again.</param>
    public PaddedSlidingWindow(DticTrainer.Options options, ModelWeights weights, IEnumerable<(PackedPrompt Prompt, float[] Labels)> prompts)
    {
        _prompts = [.. prompts.Select(p => (p.Prompt, p.Labels[0]))];
        _model = new PaddedModel(weights, _prompts.Max(p => p.Prompt.Tokens.Length));
        _optimizer = optim.AdamW(_model.parameters(), options.LearningRate, weight_decay: options.WeightDecay);
        _stepTargets = options.BatchSize;
        _threads = options.NumberOfThreads ?? Environment.ProcessorCount;
    }

    /// <inheritdoc/>
    public double Step()
    {
        set_num_threads(_threads);
        var clock = Stopwatch.StartNew();
        var step = Enumerable.Range(_at, _stepTargets).Select(i => _prompts[i % _prompts.Length]);
        _at = (_at + _stepTargets) % _prompts.Length;
        _optimizer.zero_grad();
        foreach (var batch in step.OrderBy(p => p.Prompt.Tokens.Length).Chunk(PromptsPerBatch))
        {
            using var scope = NewDisposeScope();
            var logits = Logits(_model, Array.ConvertAll(batch, p => p.Prompt));
            var labels = tensor(Array.ConvertAll(batch, p => p.Label));
            var loss = nn.functional.binary_cross_entropy_with_logits(logits, labels, reduction: nn.Reduction.Sum) / _stepTargets;
            loss.backward();
        }
        using (var scope = NewDisposeScope()) _optimizer.step();
        return clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        _optimizer.Dispose();
        _model.Dispose();
    }

    /// <summary>Holds the baseline against the library's model where both are the same: prompts of one interaction, of any length.</summary>
    /// <exception cref="InvalidOperationException">A logit differs by more than 1e-4: the baseline is not the model it is compared with.</exception>
    public static void RequireSameLogits(ModelWeights weights, IEnumerable<PackedPrompt> histories)
    {
        PackedPrompt[] prompts = [.. histories.SelectMany(h => Enumerable.Range(0, Math.Min(8, h.TargetCount)).Select(t => h.Slice(t, 1, contextLength: 0)))];
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        using var model = new PaddedModel(weights, prompts.Max(p => p.Tokens.Length));
        float[] padded = Logits(model, prompts).data<float>().ToArray();
        float[] packed = Engine.Logits(weights, prompts);
        double difference = padded.Zip(packed, (a, b) => Math.Abs((double)a - b)).Max();
        if (!(difference <= 1e-4))
            throw new InvalidOperationException($"The padded baseline is another model: on prompts of one interaction its logits differ by {difference:G2}.");
        Console.WriteLine($"The padded baseline and the library agree on {prompts.Length} prompts of one interaction (largest difference of logits {difference:G2}, largest logit {packed.Max(Math.Abs):G2})");
    }

    private static Tensor Logits(PaddedModel model, PackedPrompt[] prompts)
    {
        int longest = prompts.Max(p => p.Tokens.Length);
        long[] tokens = new long[prompts.Length * longest];   // what pads is never seen: any id will do
        for (int i = 0; i < prompts.Length; i++)
        {
            var span = prompts[i].Tokens.Span;
            for (int t = 0; t < span.Length; t++) tokens[(i * longest) + t] = span[t];
        }
        return model.forward(tensor(tokens, [prompts.Length, longest]), tensor(Array.ConvertAll(prompts, p => (long)p.Tokens.Length - 1)));
    }
}
