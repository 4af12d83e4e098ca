using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class CostEstimateTests
{
    private static readonly ModelConfiguration Model = TestModels.Configuration();
    private static readonly TrainingOptions Options = new(
        NumberOfEpochs: 2, BatchSize: 16, LearningRate: 1e-3, WeightDecay: 0.01, DropoutRate: 0, WarmupFraction: 0.1,
        MaximumGradientNorm: 1, MaximumTokensPerPass: 100, NumberOfThreads: 2, Seed: 1);

    [TestMethod]
    public void Run_RandomStores_CountsTheSlicesThatTrainingMakes()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new RandomPrompts(seed);
            var store = new PromptStore();
            foreach (var prompt in random.Batch(20, longest: 20))
            {
                store.Add(prompt, random.Labels(prompt, missing: true));
            }

            var cost = new CostEstimate(store, Model, Options).Run();

            var parts = new BatchPlanner(store, Model, 16, 100, workers: 2).Epoch(seed: 1).SelectMany(step => step).ToArray();
            PackedPrompt[] packed = [.. parts.Select(p => store.Prompt(p.Prompt).Slice(p.FirstTarget, p.TargetCount, 3))];
            PackedPrompt[] sliding =
            [
                .. from prompt in Enumerable.Range(0, store.PromptCount)
                   from target in Enumerable.Range(0, store.Labels(prompt).Length)
                   where !float.IsNaN(store.Labels(prompt)[target])
                   select store.Prompt(prompt).Slice(target, 1, 3),
            ];
            Assert.AreEqual(packed.Sum(p => p.Tokens.Length), cost.Packed.Tokens);
            Assert.AreEqual(sliding.Sum(p => p.Tokens.Length), cost.SlidingWindow.Tokens);
            Assert.AreEqual(packed.Sum(Pairs), cost.Packed.AttendedPairs);
            Assert.AreEqual(sliding.Sum(Pairs), cost.SlidingWindow.AttendedPairs);
            Assert.AreEqual((store.LabeledCount, store.PromptCount), (cost.NumberOfTargets, cost.NumberOfPrompts));
            Assert.AreEqual((double)cost.SlidingWindow.Tokens / cost.Packed.Tokens, cost.TokenRatio, 1e-12);
            Assert.AreEqual(cost.SlidingWindow.Flops / cost.Packed.Flops, cost.FlopRatio, 1e-12);
            Assert.IsTrue(cost.Packed.LongestPass <= 100 && cost.SlidingWindow.LongestPass <= 100);
        }
    }

    [TestMethod]
    public void Run_SlidingWindowPrompts_CostTheSameBothWays()
    {
        var random = new RandomPrompts(1);
        var store = new PromptStore();
        foreach (var prompt in random.Batch(20))
        {
            store.Add(prompt.Slice(prompt.TargetCount - 1, 1, 3), [1]);
        }

        var cost = new CostEstimate(store, Model, Options).Run();

        Assert.AreEqual(1, cost.TokenRatio);
        Assert.AreEqual(1, cost.FlopRatio);
        Assert.AreEqual(cost.Packed.PeakMemory, cost.SlidingWindow.PeakMemory);
        Assert.AreEqual(cost.Packed.LongestPass, cost.SlidingWindow.LongestPass);
    }

    [TestMethod]
    [DataRow(50, 190)]
    [DataRow(1, 43)]
    public void Tokens_LongHistoriesCutIntoPrompts_AreThoseOfContextAndTargets(int k, long tokensPerPrompt)
    {
        // Prefix 1; twenty context interactions of item and outcome; targets of item, [SUM] and outcome, the last one's left out.
        var store = new PromptStore();
        var history = new PromptTargets(LongHistory.Of(interactions: 20 + (50 * 40), longest: 1).Prompt);
        for (int first = 20; first + k <= history.Count; first += k)
        {
            store.Add(history.Slice(first, k, 20), Enumerable.Repeat(1f, k).ToArray());
        }

        var cost = new CostEstimate(store, Model with { ContextLength = 20 }, Options with { BatchSize = 50, MaximumTokensPerPass = 3000 }).Run();

        Assert.AreEqual(2000 / k * tokensPerPrompt, cost.Packed.Tokens);
        Assert.AreEqual(2000 * 43, cost.SlidingWindow.Tokens);
    }

    [TestMethod]
    [DataRow(1_000_000, 24, 16, 4.0, 4.0, 6.0)]        // hardly any row of the embeddings is in a step and has a gradient
    [DataRow(24, 1 << 16, 256, 5.0, 7.0, 7.0)]
    public void PeakMemory_ManyWeights_IsThatOfTheWeightsTheMomentsAndTheGradients(int vocabulary, int feedForward, int width, double withOne, double withThree, double withValidation)
    {
        var store = new PromptStore();
        store.Add(PromptText.Parse("| 5 S + | 6 S"), [1, 0]);
        var model = Model with { VocabularySize = vocabulary, FeedForwardDimension = feedForward, EmbeddingDimension = width };

        var one = new CostEstimate(store, model, Options with { NumberOfThreads = 1 }).Run();
        var three = new CostEstimate(store, model, Options with { NumberOfThreads = 3 }).Run();
        var validated = new CostEstimate(store, model, Options with { NumberOfThreads = 1 }, validation: store).Run();

        long weights = 4 * one.NumberOfParameters;
        Assert.IsGreaterThan(10_000_000L, one.NumberOfParameters);
        Assert.AreEqual(withOne, (double)one.Packed.PeakMemory / weights, 0.05);
        Assert.AreEqual(withThree, (double)three.Packed.PeakMemory / weights, 0.1);
        Assert.AreEqual(withValidation, (double)validated.Packed.PeakMemory / weights, 0.1);
    }

    [TestMethod]
    public void PeakMemory_LongerPasses_GrowsWithThem()
    {
        var store = new PromptStore();
        var (prompt, labels) = LongHistory.Of(interactions: 3000, longest: 4);
        store.Add(prompt, labels);

        var small = new CostEstimate(store, Model, Options with { BatchSize = 3000, MaximumTokensPerPass = 500 }).Run();
        var large = new CostEstimate(store, Model, Options with { BatchSize = 3000, MaximumTokensPerPass = 5000 }).Run();

        Assert.IsTrue(small.Packed.LongestPass is > 250 and <= 500 && large.Packed.LongestPass is > 2500 and <= 5000);
        Assert.IsGreaterThan(3 * small.Packed.PeakMemory, large.Packed.PeakMemory);
    }

    [TestMethod]
    public void Run_LongHistoriesInSharesThatAreShuffled_GoesThroughEachShareAlone()
    {
        // Shares of two users take turns: whatever is found anew at each turn must not be as long as a history.
        const int Interactions = 20_000;
        var store = new PromptStore();
        for (int user = 0; user < 2; user++)
        {
            var (prompt, labels) = LongHistory.Of(Interactions, longest: 2);
            store.Add(prompt, labels);
        }
        var estimate = new CostEstimate(store, Model, Options);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var cost = estimate.Run();

        long bytesPerTarget = (GC.GetAllocatedBytesForCurrentThread() - before) / cost.NumberOfTargets;
        Assert.IsLessThan(1000L, bytesPerTarget);   // a counter of the whole history at each turn: 10,000 and more
    }

    [TestMethod]
    public void Run_BatchSizeWithoutBound_CountsOneStep()
    {
        var random = new RandomPrompts(1);
        var store = new PromptStore();
        foreach (var prompt in random.Batch(20)) store.Add(prompt, random.Labels(prompt));

        var whole = new CostEstimate(store, Model, Options with { BatchSize = (int)store.LabeledCount }).Run();

        Assert.AreEqual(whole.ToString(), new CostEstimate(store, Model, Options with { BatchSize = int.MaxValue }).Run().ToString());
    }

    private static long Pairs(PackedPrompt prompt) => MaskOracle.Of([prompt], Model.ContextLength, Model.ContextAttention).Cast<bool>().Count(admitted => admitted);
}
