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
    public static NetworkShape Shape(ModelWeights weights)
    {
        var c = weights.Configuration;
        return new NetworkShape(c.EmbeddingDimension, c.NumberOfLayers, c.FeedForwardDimension, c.ContextLength, c.ContextAttention == ContextAttention.Isolated);
    }

    /// <summary>The trainer over these prompts.</summary>
    public static TrainingLoop Trainer(DticTrainer.Options options, ModelWeights weights, IEnumerable<(PackedPrompt Prompt, float[] Labels)> prompts) =>
        new(Store(prompts), weights, options.Training(options.Seed ?? 0), CPU);

    /// <summary>What an epoch of this training encodes: the prompts, cut into shares and pieces, at the ends of steps, and for passes, each part behind its own context.</summary>
    public static IEnumerable<PackedPrompt> Encoded(DticTrainer.Options options, ModelWeights weights, IEnumerable<(PackedPrompt Prompt, float[] Labels)> prompts)
    {
        var store = Store(prompts);
        var training = options.Training(options.Seed ?? 0);
        var planner = new BatchPlanner(store, weights.Configuration, training.BatchSize, training.MaximumTokensPerPass, training.NumberOfThreads);
        return planner.Epoch(training.Seed).SelectMany(parts => parts.ToArray())
            .Select(part => store.Targets(part.Prompt).Slice(part.FirstTarget, part.TargetCount, weights.Configuration.ContextLength));
    }

    /// <summary>The estimate that a fit with these options begins with.</summary>
    public static CostEstimate Estimate(DticTrainer.Options options, ModelWeights weights, IEnumerable<(PackedPrompt Prompt, float[] Labels)> prompts) =>
        new(Store(prompts), weights.Configuration, options.Training(options.Seed ?? 0));

    /// <summary>Lets the process keep freed memory, as the trainer does while it trains.</summary>
    public static IDisposable? HoldHeap() => NativeHeap.Begin();

    /// <summary>One forward and backward pass over prompts laid end to end, as the trainer does it; the gradients are zeroed afterwards.</summary>
    public static void ForwardBackward(ClickModel model, ModelWeights weights, IReadOnlyList<PackedPrompt> prompts)
    {
        using (var scope = NewDisposeScope())
        {
            var stream = new PromptStream(prompts, weights.Configuration);
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
        return model.Forward(new PromptStream(prompts, weights.Configuration)).data<float>().ToArray();
    }

    private static PromptStore Store(IEnumerable<(PackedPrompt Prompt, float[] Labels)> prompts)
    {
        var store = new PromptStore();
        foreach (var (prompt, labels) in prompts) store.Add(prompt, labels);
        return store;
    }
}
