using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class BatchPlannerTests
{
    private static readonly ModelConfiguration Model = TestModels.Configuration();

    [TestMethod]
    [DataRow(false, DisplayName = "every target labelled")]
    [DataRow(true, DisplayName = "labels missing")]
    public void Epoch_RandomStores_TakesEveryLabelledTargetOnceInStepsOfBatchSize(bool missing)
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var (store, _) = Stores(seed, missing);
            int batchSize = 1 + (seed % 13);
            var planner = new BatchPlanner(store, Model, batchSize, 100, workers: 2);

            var steps = planner.Epoch(seed).ToArray();

            Assert.HasCount(planner.StepsPerEpoch, steps);
            int[] sizes = [.. steps.Select(parts => parts.Sum(part => Labelled(store, part).Count()))];
            Assert.IsTrue(sizes.SkipLast(1).All(size => size == batchSize) && sizes.All(size => size >= 1 && size <= batchSize), string.Join(' ', sizes));
            var trained = steps.SelectMany(parts => parts.SelectMany(part => Labelled(store, part))).ToArray();
            var expected = Enumerable.Range(0, store.PromptCount).SelectMany(p => Labelled(store, new PromptPart(p, 0, store.Labels(p).Length))).ToArray();
            CollectionAssert.AreEquivalent(expected, trained);
        }
    }

    [TestMethod]
    [DataRow(false, DisplayName = "every target labelled")]
    [DataRow(true, DisplayName = "labels missing")]
    public void StepsPerEpoch_PackedAndSlidingWindowStores_IsTheSame(bool missing)
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var (packed, sliding) = Stores(seed, missing);

            Assert.AreEqual(packed.LabeledCount, sliding.LabeledCount);
            Assert.AreEqual(new BatchPlanner(packed, Model, 7, 100, 2).StepsPerEpoch, new BatchPlanner(sliding, Model, 7, 100, 2).StepsPerEpoch);
        }
    }

    [TestMethod]
    public void Epoch_StraddlingPrompts_AreCut()
    {
        var store = new PromptStore();
        store.Add(PromptText.Parse("| 5 S + | 6 S + | 7 S + | 8 S + | 9 S"), [1, 0, float.NaN, 1, 1]);

        var steps = new BatchPlanner(store, Model, batchSize: 3, 100, workers: 1).Epoch(seed: 1).ToArray();

        Assert.AreEqual("0+4 | 4+1", string.Join(" | ", steps.Select(parts => string.Join(' ', parts.Select(p => $"{p.FirstTarget}+{p.TargetCount}")))));
    }

    [TestMethod]
    public void Epoch_WholeHistories_EveryStepHearsSeveral()
    {
        var store = new PromptStore();
        for (int user = 0; user < 10; user++)
        {
            store.Add(PromptText.Parse(string.Concat(Enumerable.Repeat("| 5 S + ", 199)) + "| 5 S"), [.. Enumerable.Range(0, 200).Select(i => i % 2f)]);
        }

        var steps = new BatchPlanner(store, Model, batchSize: 100, 10_000, workers: 1).Epoch(seed: 1).ToArray();

        Assert.HasCount(20, steps);
        Assert.IsTrue(steps.All(parts => parts.Count >= 4 && parts.All(part => part.TargetCount <= 25)));
        Assert.IsGreaterThan(3, steps.Average(parts => parts.Select(part => part.Prompt).Distinct().Count()));
    }

    [TestMethod]
    public void Epoch_Seed_DecidesTheOrder()
    {
        var (store, _) = Stores(seed: 4, missing: false);
        var planner = new BatchPlanner(store, Model, 5, 100, workers: 1);

        CollectionAssert.AreEqual(Flat(planner, 1), Flat(planner, 1));
        CollectionAssert.AreNotEqual(Flat(planner, 1), Flat(planner, 2));
    }

    [TestMethod]
    public void Epoch_EmptyStore_HasNoStep()
    {
        var planner = new BatchPlanner(new PromptStore(), Model, 5, 100, workers: 1);

        Assert.AreEqual(0, planner.StepsPerEpoch);
        Assert.IsEmpty(planner.Epoch(1));
    }

    [TestMethod]
    [DataRow(new[] { 10, 40, 30, 20 }, 100, 1, "1 2 3 0", DisplayName = "one pass, longest first")]
    [DataRow(new[] { 10, 40, 30, 20 }, 50, 1, "1 0 | 2 3", DisplayName = "two passes of equal cost")]
    [DataRow(new[] { 10, 40, 30, 20 }, 1000, 2, "1 0 | 2 3", DisplayName = "a pass for each worker")]
    [DataRow(new[] { 10, 40, 30, 20 }, 1, 2, "1 | 2 | 3 | 0", DisplayName = "never more passes than parts")]
    [DataRow(new[] { 60, 60, 60 }, 100, 1, "0 | 1 | 2", DisplayName = "no pass beyond the bound, where two would do on average")]
    [DataRow(new[] { 60, 60, 60 }, 120, 2, "0 2 | 1", DisplayName = "just within the bound")]
    [DataRow(new[] { 70 }, 50, 4, "0", DisplayName = "a part longer than the bound")]
    public void Passes_LiteralLengths_SpreadsThem(int[] lengths, int maximumTokens, int workers, string expected)
    {
        var passes = new BatchPlanner(new PromptStore(), Model, 5, maximumTokens, workers).Passes(lengths);

        Assert.AreEqual(expected, string.Join(" | ", passes.Select(pass => string.Join(' ', pass))));
    }

    [TestMethod]
    public void Passes_RandomLengths_TakesEveryPartOnceAndBalances()
    {
        var random = new Random(1);
        for (int round = 0; round < 500; round++)
        {
            int[] lengths = [.. Enumerable.Range(0, random.Next(1, 40)).Select(_ => random.Next(1, 100))];
            int bound = random.Next(1, 400);

            var passes = new BatchPlanner(new PromptStore(), Model, 5, bound, workers: random.Next(1, 5)).Passes(lengths);

            CollectionAssert.AreEquivalent(Enumerable.Range(0, lengths.Length).ToArray(), passes.SelectMany(p => p).ToArray());
            int[] loads = [.. passes.Select(pass => pass.Sum(i => lengths[i]))];
            Assert.IsGreaterThan(0, loads.Min());
            Assert.IsLessThanOrEqualTo(lengths.Max(), loads.Max() - loads.Min());
            Assert.IsTrue(passes.Zip(loads).All(pass => pass.First.Count == 1 || pass.Second <= bound));
        }
    }

    /// <summary>Random prompts with labels, and every target of theirs as a prompt of its own.</summary>
    private static (PromptStore Packed, PromptStore Sliding) Stores(int seed, bool missing)
    {
        var random = new RandomPrompts(seed);
        PromptStore packed = new(), sliding = new();
        foreach (var prompt in random.Batch(1 + (seed % 30)))
        {
            float[] labels = random.Labels(prompt, missing);
            packed.Add(prompt, labels);
            for (int t = 0; t < labels.Length; t++)
            {
                sliding.Add(prompt.Slice(t, 1, contextLength: 3), labels.AsSpan(t, 1));
            }
        }

        return (packed, sliding);
    }

    private static PromptPart[] Flat(BatchPlanner planner, int seed) => [.. planner.Epoch(seed).SelectMany(parts => parts)];

    private static IEnumerable<(int Prompt, int Target)> Labelled(PromptStore store, PromptPart part) =>
        Enumerable.Range(part.FirstTarget, part.TargetCount).Where(t => !float.IsNaN(store.Labels(part.Prompt)[t])).Select(t => (part.Prompt, t));
}
