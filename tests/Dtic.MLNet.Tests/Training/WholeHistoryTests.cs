using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training;

/// <summary>Training on histories that are longer than a pass.</summary>
[TestClass]
public sealed class WholeHistoryTests
{
    private static readonly TrainingOptions Options = new(
        NumberOfEpochs: 2, BatchSize: 1000, LearningRate: 1e-3, WeightDecay: 0.01, DropoutRate: 0, WarmupFraction: 0.1,
        MaximumGradientNorm: 1, MaximumTokensPerPass: 3000, NumberOfThreads: 2, Seed: 1);

    [TestMethod]
    [DataRow(ContextAttention.Isolated, 0.0)]
    [DataRow(ContextAttention.Isolated, 0.2)]
    [DataRow(ContextAttention.Windowed, 0.0)]
    [DataRow(ContextAttention.Windowed, 0.2)]
    public void Run_PiecesOfAnyLength_MakeTheSameUpdates(ContextAttention attention, double dropoutRate)
    {
        var store = Store(interactions: 600, longest: 12);
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention));
        var options = Options with { DropoutRate = dropoutRate };
        float[] expected = Run(store, weights, options with { MaximumTokensPerPass = int.MaxValue, NumberOfThreads = 1 });

        foreach (int tokens in new[] { 50, 1000, 3000 })
        {
            Closeness.AssertClose(expected, Run(store, weights, options with { MaximumTokensPerPass = tokens }), 1e-4, $"{tokens} tokens");
        }

        Assert.IsGreaterThan(1e-3, Closeness.Difference(expected, Flat(weights)));
    }

    [TestMethod]
    public void Run_WindowedHistoryLongerThanAPiece_IsCut()
    {
        // Otherwise the test above would show nothing in this mode.
        var parts = Planner(Store(interactions: 600, longest: 12), ContextAttention.Windowed, 1000, maximumTokens: int.MaxValue).Epoch(1).Single();

        Assert.IsGreaterThan(1, parts.Count);
    }

    [TestMethod]
    [DataRow(ContextAttention.Isolated, 500)]
    [DataRow(ContextAttention.Isolated, 3000)]
    [DataRow(ContextAttention.Windowed, PromptPieces.FixedTokens)]
    public void Passes_HistoryOf100000_KeepTheBound(ContextAttention attention, int maximumTokens)
    {
        var store = Store(interactions: 100_000, longest: 12);
        var planner = Planner(store, attention, batchSize: 20_000, maximumTokens);

        foreach (var parts in planner.Epoch(1))
        {
            int[] lengths = [.. parts.Select(p => store.Targets(p.Prompt).Length(p.FirstTarget, p.TargetCount, 3))];
            long[] passes = [.. planner.Passes(lengths).Select(pass => pass.Sum(i => (long)lengths[i]))];
            Assert.IsLessThanOrEqualTo(maximumTokens, passes.Max());
            Assert.IsGreaterThan(maximumTokens / 2.0, passes.Average());
        }
    }

    [TestMethod]
    [DataRow(ContextAttention.Isolated)]
    [DataRow(ContextAttention.Windowed)]
    public void Run_HistoryOf100000_Trains(ContextAttention attention)
    {
        var store = Store(interactions: 100_000, longest: 1);
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention, layers: 1, heads: 1));
        var reports = new List<DticTrainingProgress>();

        float[] trained = Run(store, weights, Options with { NumberOfEpochs = 1, BatchSize = 50_000 }, reports.Add);

        Assert.HasCount(2, reports);
        Assert.IsTrue(trained.All(float.IsFinite) && reports.All(r => double.IsFinite(r.Loss)));
    }

    private static PromptStore Store(int interactions, int longest)
    {
        var store = new PromptStore();
        var (prompt, labels) = LongHistory.Of(interactions, longest);
        store.Add(prompt, labels);
        return store;
    }

    private static BatchPlanner Planner(PromptStore store, ContextAttention attention, int batchSize, int maximumTokens) =>
        new(store, TestModels.Configuration(attention: attention), batchSize, maximumTokens, workers: 2);

    private static float[] Run(PromptStore store, ModelWeights initial, TrainingOptions options, Action<DticTrainingProgress>? report = null)
    {
        using var loop = new TrainingLoop(store, initial, options, CPU);
        return Flat(loop.Run(report ?? (_ => { }), () => { }).Weights);
    }

    private static float[] Flat(ModelWeights weights) => [.. weights.Configuration.Weights().SelectMany(w => weights[w.Name].ToArray())];
}
