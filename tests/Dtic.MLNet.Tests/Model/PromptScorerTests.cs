using System.Diagnostics;
using Dtic.MLNet.Scoring;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class PromptScorerTests
{
    [TestMethod]
    public void Score_Isolated_PackedEqualsOneAtATime()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new RandomPrompts(seed);
            var weights = TestModels.Weights(TestModels.Configuration(random.ContextLength(), ContextAttention.Isolated, layers: 3), seed);
            var prompts = random.Batch(5, longest: 20);
            using var scorer = new PromptScorer(weights, CPU, maximumTokensPerPass: 500, numberOfThreads: 1);

            Closeness.AssertClose(scorer.Score(prompts, ScoringMode.OneAtATime), scorer.Score(prompts, ScoringMode.Packed), 1e-4, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Score_IsolatedCutIntoPromptsOfAnySize_AgreesWithOneAtATime()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var random = new RandomPrompts(seed);
            int n = random.ContextLength();
            var weights = TestModels.Weights(TestModels.Configuration(n, ContextAttention.Isolated), seed);
            var prompt = random.Next(longest: 25);
            using var scorer = new PromptScorer(weights, CPU, maximumTokensPerPass: 200, numberOfThreads: 1);
            float[] expected = scorer.Score([prompt], ScoringMode.OneAtATime)[0];
            for (int k = 1; k <= prompt.TargetCount; k++)
            {
                PackedPrompt[] cut =
                    [.. Enumerable.Range(0, prompt.TargetCount).Where(t => t % k == 0).Select(t => prompt.Slice(t, Math.Min(k, prompt.TargetCount - t), n))];

                float[] actual = [.. scorer.Score(cut, ScoringMode.Packed).SelectMany(s => s)];

                Closeness.AssertClose(expected, actual, 1e-4, $"seed {seed}, {k} targets per prompt");
            }
        }
    }

    [TestMethod]
    [DataRow(ScoringMode.Packed)]
    [DataRow(ScoringMode.OneAtATime)]
    public void Score_HistoryOfManyPasses_GivesTheScoresOfItsTargetsAlone(ScoringMode mode)
    {
        var weights = TestModels.Weights(TestModels.Configuration(contextLength: 3, ContextAttention.Isolated));
        var (prompt, _) = LongHistory.Of(interactions: 300, longest: 4);
        PackedPrompt[] prompts = [prompt.Slice(0, 7, 3), prompt, prompt.Slice(250, 1, 3)];
        using var scorer = new PromptScorer(weights, CPU, maximumTokensPerPass: 60, numberOfThreads: 2);

        float[][] scores = scorer.Score(prompts, mode);

        float[] alone = Scorers.OneByOne(weights, [prompt]);
        Closeness.AssertClose(alone, scores[1], 1e-4);
        Closeness.AssertClose(alone.AsSpan(0, 7), scores[0], 1e-4);
        Closeness.AssertClose([alone[250]], scores[2], 1e-4);
    }

    [TestMethod]
    public void Score_Windowed_PackedDiffersByTheLeakage()
    {
        // Two layers carry what stands two windows back; one target at a time, it is not there.
        var weights = TestModels.Weights(TestModels.Configuration(contextLength: 1, ContextAttention.Windowed));
        using var scorer = new PromptScorer(weights, CPU, maximumTokensPerPass: 500, numberOfThreads: 1);
        PackedPrompt[] prompts = [PromptText.Parse("| 5 S + | 6 S - | 7 S")];

        float[] packed = scorer.Score(prompts, ScoringMode.Packed)[0], single = scorer.Score(prompts, ScoringMode.OneAtATime)[0];

        Closeness.AssertClose(packed.AsSpan(0, 2), single.AsSpan(0, 2), 1e-5);
        Assert.AreNotEqual(packed[2], single[2], 1e-3f);
    }

    [TestMethod]
    [DataRow(ScoringMode.Packed)]
    [DataRow(ScoringMode.OneAtATime)]
    public void Score_OtherPassesAndThreads_GivesTheSameScores(ScoringMode mode)
    {
        var random = new RandomPrompts(3);
        foreach (var attention in Enum.GetValues<ContextAttention>())
        {
            var weights = TestModels.Weights(TestModels.Configuration(attention: attention));
            var prompts = random.Batch(40);
            using var whole = new PromptScorer(weights, CPU, int.MaxValue, numberOfThreads: 1);
            float[][] expected = whole.Score(prompts, mode);
            foreach (var (tokens, threads) in new[] { (1, 1), (1, 3), (64, 2), (300, 4), (int.MaxValue, 2) })
            {
                using var scorer = new PromptScorer(weights, CPU, tokens, threads);

                Closeness.AssertClose(expected, scorer.Score(prompts, mode), 1e-5, $"{tokens} tokens, {threads} threads");
            }
        }
    }

    [TestMethod]
    public void Score_NoPrompts_ReturnsNothing()
    {
        using var scorer = new PromptScorer(TestModels.Weights(TestModels.Configuration()), CPU, 100, numberOfThreads: 2);

        Assert.IsEmpty(scorer.Score([], ScoringMode.Packed));
    }

    [TestMethod]
    public void Score_FromManyThreads_GivesEachItsScoresAndRestoresTorchThreads()
    {
        using var threads = new TorchThreads(2);
        var weights = TestModels.Weights(TestModels.Configuration());
        using var scorer = new PromptScorer(weights, CPU, maximumTokensPerPass: 50, numberOfThreads: 2);
        PackedPrompt[][] batches = [.. Enumerable.Range(0, 4).Select(seed => new RandomPrompts(seed).Batch(10))];
        float[][][] expected = [.. batches.Select(batch => scorer.Score(batch, ScoringMode.OneAtATime))];
        for (int round = 0; round < 10; round++)
        {
            var actual = new float[batches.Length][][];
            Thread[] callers = [.. batches.Select((batch, i) => new Thread(() => actual[i] = scorer.Score(batch, ScoringMode.OneAtATime)))];
            Array.ForEach(callers, caller => caller.Start());
            Array.ForEach(callers, caller => caller.Join());
            for (int i = 0; i < batches.Length; i++)
            {
                Closeness.AssertClose(expected[i], actual[i], 0);
            }

            Assert.AreEqual(2, TorchThreads.OfANewThread(), $"round {round}");
        }
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(4)]
    public void Score_ManyCallersAndAnyThreadsOfTorch_GivesTheSameBitsOnAsManyThreadsAsCores(int torchThreads)
    {
        const int Callers = 32, OfTheRuntime = 8;
        var weights = TestModels.Weights(TestModels.Configuration(heads: 16));
        using var scorer = new PromptScorer(weights, CPU, maximumTokensPerPass: 5000, numberOfThreads: 4);
        var prompts = new RandomPrompts(1).Batch(50);
        float[][] expected;
        using (new TorchThreads(1)) expected = scorer.Score(prompts, ScoringMode.OneAtATime);
        using var threads = new TorchThreads(torchThreads);
        var actual = new float[Callers][][];
        using var scored = new CountdownEvent(Callers);
        using var counted = new ManualResetEventSlim();
        Thread[] callers = [.. actual.Select((_, i) => new Thread(() =>
        {
            actual[i] = scorer.Score(prompts, ScoringMode.OneAtATime);
            scored.Signal();
            counted.Wait();   // a thread that ends takes those along that torch made for it
        }))];
        int before = ThreadsOfTheProcess();

        Array.ForEach(callers, caller => caller.Start());
        scored.Wait();
        int more = ThreadsOfTheProcess() - before - Callers;
        counted.Set();
        Array.ForEach(callers, caller => caller.Join());

        Assert.IsLessThanOrEqualTo(OfTheRuntime, more);
        foreach (float[][] scores in actual) Closeness.AssertClose(expected, scores, 0);
        Assert.AreEqual(torchThreads, get_num_threads());
        Assert.AreEqual(torchThreads, TorchThreads.OfANewThread());
    }

    [TestMethod]
    public void Score_TorchState_StaysAsItWas()
    {
        using var threads = new TorchThreads(2);
        using var before = get_rng_state();
        byte[] expected = before.bytes.ToArray();
        using var scorer = new PromptScorer(TestModels.Weights(TestModels.Configuration()), CPU, maximumTokensPerPass: 20, numberOfThreads: 2);

        scorer.Score(new RandomPrompts(1).Batch(10), ScoringMode.OneAtATime);

        using var after = get_rng_state();
        CollectionAssert.AreEqual(expected, after.bytes.ToArray());
        Assert.AreEqual(2, get_num_threads());
        Assert.AreEqual(2, TorchThreads.OfANewThread());
    }

    [TestMethod]
    public void Dispose_AfterScoring_LeavesNoTensor()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var prompts = new RandomPrompts(1).Batch(10);
        LiveTensors.AssertNoneLeft(
            () =>
            {
                using var scorer = new PromptScorer(weights, CPU, maximumTokensPerPass: 50, numberOfThreads: 2);
                scorer.Score(prompts, ScoringMode.Packed);
                scorer.Score(prompts, ScoringMode.OneAtATime);
            },
            parameters: weights.Configuration.Weights().Count());
    }

    [TestMethod]
    public void Score_Again_LeavesNoTensor()
    {
        var prompts = new RandomPrompts(1).Batch(10);
        using var scorer = new PromptScorer(TestModels.Weights(TestModels.Configuration()), CPU, maximumTokensPerPass: 50, numberOfThreads: 1);

        LiveTensors.AssertNoneLeft(() => scorer.Score(prompts, ScoringMode.OneAtATime));
    }

    private static int ThreadsOfTheProcess()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }
}
