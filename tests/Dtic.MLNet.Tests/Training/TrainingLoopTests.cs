using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class TrainingLoopTests
{
    private static readonly TrainingOptions Options = new(
        NumberOfEpochs: 2, BatchSize: 16, LearningRate: 1e-3, WeightDecay: 0.01, DropoutRate: 0, WarmupFraction: 0.1,
        MaximumGradientNorm: 1, MaximumTokensPerPass: 100, NumberOfThreads: 2, Seed: 1);

    [TestMethod]
    [DataRow(ContextAttention.Windowed, 0.0)]
    [DataRow(ContextAttention.Isolated, 0.1)]
    public void Run_LearnableTask_LearnsIt(ContextAttention attention, double dropoutRate)
    {
        // Every label echoes the outcome before; the first target always clicks.
        var random = new Random(1);
        var store = new PromptStore();
        for (int i = 0; i < 40; i++)
        {
            bool[] outcomes = [.. Enumerable.Range(0, 5).Select(_ => random.Next(2) == 1)];
            string text = string.Concat(outcomes.Select(clicked => $"| {random.Next(5, 20)} S {(clicked ? '+' : '-')} "));
            store.Add(PromptText.Parse(text + "| 5 S"), [1, .. outcomes.Select(clicked => clicked ? 1f : 0f)]);
        }

        var losses = new List<DticTrainingProgress>();
        var options = Options with { NumberOfEpochs = 12, LearningRate = 0.02, DropoutRate = dropoutRate, MaximumTokensPerPass = 1000, NumberOfThreads = 1 };
        Run(store, ModelWeights.Random(TestModels.Configuration(contextLength: 1, attention), seed: 1), options, losses.Add);

        Assert.AreEqual(Math.Log(2), losses[0].Loss, 0.1);
        Assert.IsLessThan(0.1, losses[^1].Loss);
    }

    [TestMethod]
    public void Run_Progress_CountsStepsAndFollowsTheSchedule()
    {
        var reports = new List<DticTrainingProgress>();
        var options = Options with { NumberOfEpochs = 2, BatchSize = 10, WarmupFraction = 0.25 };

        Run(Store(seed: 1, labels: 40), TestModels.Weights(TestModels.Configuration()), options, reports.Add);

        CollectionAssert.AreEqual(Enumerable.Range(1, 8).ToArray(), reports.Select(r => r.Step).ToArray());
        CollectionAssert.AreEqual(new[] { 1, 1, 1, 1, 2, 2, 2, 2 }, reports.Select(r => r.Epoch).ToArray());
        Assert.IsTrue(reports.All(r => r.NumberOfSteps == 8 && r.NumberOfEpochs == 2 && r.TargetsPerSecond > 0 && r.TokensPerSecond > r.TargetsPerSecond));
        double[] expected = [0.5, 1, .. Enumerable.Range(0, 6).Select(i => 0.5 * (1 + Math.Cos(Math.PI * i / 6)))];
        for (int i = 0; i < 8; i++)
        {
            Assert.AreEqual(1e-3 * expected[i], reports[i].LearningRate, 1e-12);
        }

        Assert.AreEqual(TimeSpan.Zero, reports[^1].Remaining);
    }

    [TestMethod]
    public void Run_FirstLoss_IsTheMeanCrossEntropyOfTheInitialModel()
    {
        var store = Store(seed: 2, labels: 30, missing: true);
        var weights = TestModels.Weights(TestModels.Configuration());
        var naive = new NaiveClickModel(weights);
        var losses = Enumerable.Range(0, store.PromptCount).SelectMany(p => naive.Score(store.Prompt(p)).Zip(store.Labels(p).ToArray()))
            .Where(pair => !float.IsNaN(pair.Second)).Select(pair => Math.Log(1 + Math.Exp(pair.Second > 0 ? -pair.First : pair.First)));
        var reports = new List<DticTrainingProgress>();

        Run(store, weights, Options with { NumberOfEpochs = 1, BatchSize = 1000 }, reports.Add);

        Assert.AreEqual(losses.Average(), reports.Single().Loss, 1e-4);
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.2)]
    public void Run_SameSeedTwice_IsBitwiseEqual(double dropoutRate)
    {
        var store = Store(seed: 3, labels: 60);
        var weights = TestModels.Weights(TestModels.Configuration());
        var options = Options with { DropoutRate = dropoutRate };

        float[] first = Run(store, weights, options);

        CollectionAssert.AreEqual(first, Run(store, weights, options));
        CollectionAssert.AreNotEqual(first, Run(store, weights, options with { Seed = 2 }));
    }

    [TestMethod]
    [DataRow(ContextAttention.Windowed, 0.0)]
    [DataRow(ContextAttention.Isolated, 0.0)]
    [DataRow(ContextAttention.Windowed, 0.2)]
    [DataRow(ContextAttention.Isolated, 0.2)]
    public void Run_OtherPassesAndThreads_MakesTheSameUpdates(ContextAttention attention, double dropoutRate)
    {
        var store = Store(seed: 4, labels: 60, missing: true);
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention));
        var options = Options with { DropoutRate = dropoutRate };
        float[] expected = Run(store, weights, options with { MaximumTokensPerPass = int.MaxValue, NumberOfThreads = 1 });
        foreach (var (tokens, threads) in new[] { (1, 1), (1, 3), (100, 2), (int.MaxValue, 4) })
        {
            float[] actual = Run(store, weights, options with { MaximumTokensPerPass = tokens, NumberOfThreads = threads });

            Closeness.AssertClose(expected, actual, 1e-4, $"{tokens} tokens, {threads} threads");
        }

        Assert.IsGreaterThan(1e-3, Closeness.Difference(expected, Flat(weights)));
    }

    [TestMethod]
    public void Run_StepsOfFewTokens_IsAdamWOverAllWeightsInEveryStep()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var store = Store(seed: 12, labels: 40);
        var options = Options with { BatchSize = 1, WeightDecay = 0.5, LearningRate = 0.01 };

        float[] actual = Run(store, weights, options);

        using var scope = NewDisposeScope();
        using var model = weights.CreateModel(CPU, train: true);
        var optimizers = weights.Configuration.Weights().Select(w => (w.Name, AdamW: new NaiveAdamW(weights[w.Name].ToArray(), w.Shape.Length > 1 ? options.WeightDecay : 0))).ToArray();
        int step = 0, steps = 40 * options.NumberOfEpochs;
        for (int epoch = 0; epoch < options.NumberOfEpochs; epoch++)
        {
            foreach (var parts in new BatchPlanner(store, weights.Configuration, options.BatchSize, options.MaximumTokensPerPass, workers: 1).Epoch((int)SeedMix.Add((uint)options.Seed, (ulong)epoch)))
            {
                double rate = options.LearningRate * (step < steps / 10 ? (step + 1) / (steps / 10.0) : 0.5 * (1 + Math.Cos(Math.PI * (step - (steps / 10)) / (0.9 * steps))));
                float[][] gradients = Gradients(model, store, parts.Single());
                double norm = Math.Sqrt(gradients.SelectMany(g => g).Sum(g => (double)g * g));
                using var untracked = no_grad();
                foreach (var ((name, adamW), gradient) in optimizers.Zip(gradients))
                {
                    adamW.Step(Array.ConvertAll(gradient, g => (float)(g * Math.Min(1, options.MaximumGradientNorm / norm))), rate);
                    model.Parameters[name].copy_(tensor(adamW.Weights, model.Parameters[name].shape));
                }
                step++;
            }
        }
        Closeness.AssertClose([.. optimizers.SelectMany(o => o.AdamW.Weights)], actual, 1e-3);

        static float[][] Gradients(ClickModel model, PromptStore store, PromptPart part)
        {
            using var scope = NewDisposeScope();
            var stream = new PromptStream([store.Targets(part.Prompt).Slice(part.FirstTarget, part.TargetCount, contextLength: 3)], 3, ContextAttention.Isolated);
            nn.functional.binary_cross_entropy_with_logits(model.Forward(stream), tensor(store.Labels(part.Prompt).Slice(part.FirstTarget, part.TargetCount).ToArray())).backward();
            return [.. TestModels.Configuration().Weights().Select(w => Take(model.Parameters[w.Name].grad!))];
        }

        static float[] Take(Tensor gradient)
        {
            float[] values = gradient.data<float>().ToArray();
            gradient.zero_();
            return values;
        }
    }

    [TestMethod]
    public void Run_PackedAndSlidingWindowsIsolated_MakeTheSameUpdates()
    {
        // One step over all targets: an exactly packable model learns the same from both.
        var random = new RandomPrompts(5);
        PromptStore packed = new(), sliding = new();
        foreach (var prompt in random.Batch(15))
        {
            float[] labels = random.Labels(prompt, missing: true);
            packed.Add(prompt, labels);
            for (int t = 0; t < labels.Length; t++)
            {
                sliding.Add(prompt.Slice(t, 1, contextLength: 3), labels.AsSpan(t, 1));
            }
        }

        var weights = TestModels.Weights(TestModels.Configuration(contextLength: 3));
        var options = Options with { BatchSize = 1000, NumberOfEpochs = 3 };

        Closeness.AssertClose(Run(packed, weights, options), Run(sliding, weights, options), 1e-4);
    }

    [TestMethod]
    [DataRow(ContextAttention.Windowed)]
    [DataRow(ContextAttention.Isolated)]
    public void Run_TargetsWithoutLabel_TeachNothing(ContextAttention attention)
    {
        PromptStore missing = new(), without = new();
        missing.Add(PromptText.Parse("20 | 5 S + | 6 S ? | 7 S - | 8 S ? | 9 S"), [1, float.NaN, 0, float.NaN, 1]);
        without.Add(PromptText.Parse("20 | 5 S + | 6 ? | 7 S - | 8 ? | 9 S"), [1, 0, 1]);
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention));

        Closeness.AssertClose(Run(without, weights, Options), Run(missing, weights, Options), 1e-5);
    }

    [TestMethod]
    public void Run_NoLabelAnywhere_ReturnsTheInitialWeights()
    {
        var store = new PromptStore();
        store.Add(PromptText.Parse("| 5 S + | 6 S"), [float.NaN, float.NaN]);
        var weights = TestModels.Weights(TestModels.Configuration());

        CollectionAssert.AreEqual(Flat(weights), Run(store, weights, Options, _ => Assert.Fail("there is no step")));
    }

    [TestMethod]
    public void Run_FirstStep_ClipsTheGradientToTheNorm()
    {
        // AdamW forgets the gradient's scale, except where it is small against epsilon (1e-8): such a norm makes clipping visible.
        const double Norm = 1e-9;
        var store = Store(seed: 6, labels: 20);
        var weights = TestModels.Weights(TestModels.Configuration());
        var options = Options with { NumberOfEpochs = 1, BatchSize = 1000, WeightDecay = 0, WarmupFraction = 0, LearningRate = 1, MaximumGradientNorm = Norm };

        float[] updates = [.. Run(store, weights, options).Zip(Flat(weights), (after, before) => after - before)];

        // The first update is g / (|g| + epsilon) with |g| the clipped gradient.
        double norm = Math.Sqrt(updates.Sum(u => Math.Pow(1e-8 * Math.Abs(u) / (1 - Math.Abs(u)), 2)));
        Assert.AreEqual(Norm, norm, Norm * 0.02);
    }

    [TestMethod]
    public void Run_Cancelled_ThrowsWithinOneStepAndRestoresTorch()
    {
        using var threads = new TorchThreads(2);
        using var cancellation = new CancellationTokenSource();
        int steps = 0;
        using (var loop = new TrainingLoop(Store(seed: 7, labels: 60), TestModels.Weights(TestModels.Configuration()), Options, CPU))
        {
            Assert.ThrowsExactly<OperationCanceledException>(() => loop.Run(
                _ =>
                {
                    if (++steps == 2)
                    {
                        cancellation.Cancel();
                    }
                },
                cancellation.Token.ThrowIfCancellationRequested));
        }

        Assert.AreEqual(2, steps);
        Assert.AreEqual(2, get_num_threads());
        Assert.AreEqual(2, TorchThreads.OfANewThread());
    }

    [TestMethod]
    public void Create_MoreStepsThanAnIntegerCounts_SaysSoAndRestoresTorch()
    {
        using var threads = new TorchThreads(2);

        string message = Assert.ThrowsExactly<InvalidOperationException>(
            () => new TrainingLoop(Store(seed: 7, labels: 60), TestModels.Weights(TestModels.Configuration()), Options with { NumberOfEpochs = int.MaxValue }, CPU)).Message;

        Assert.AreEqual("2147483647 epochs of 4 steps are more than the 2147483647 steps that a training can have. Lower NumberOfEpochs.", message);
        Assert.AreEqual(2, TorchThreads.OfANewThread());
    }

    [TestMethod]
    public void Run_OtherDefaultsOfTheProcess_TrainsTheSame()
    {
        float[] expected = Train();
        var (dtype, device) = (get_default_dtype(), get_default_device());
        try
        {
            set_default_dtype(float64);
            set_default_device(META);
            CollectionAssert.AreEqual(expected, Train());
        }
        finally
        {
            set_default_dtype(dtype);
            set_default_device(device);
        }

        static float[] Train() => Run(Store(seed: 8, labels: 40), ModelWeights.Random(TestModels.Configuration(), seed: 1), Options with { DropoutRate = 0.1 });
    }

    [TestMethod]
    public void Run_FailureInAWorker_IsThrownAndRestoresTorch()
    {
        using var threads = new TorchThreads(2);
        using (var loop = new TrainingLoop(Store(seed: 7, labels: 20), TestModels.Weights(TestModels.Configuration()), Options, CPU, Store(seed: 8, labels: 20)))
        {
            Assert.ThrowsExactly<TimeoutException>(() => loop.Run(_ => { }, ThrowOnWorkers));   // which ask while they validate
        }

        Assert.AreEqual(2, get_num_threads());
        Assert.AreEqual(2, TorchThreads.OfANewThread());

        static void ThrowOnWorkers()
        {
            if (Thread.CurrentThread.Name is { } name && name.StartsWith("Dtic worker", StringComparison.Ordinal)) throw new TimeoutException();
        }
    }

    [TestMethod]
    public void Run_TorchState_StaysAsItWas()
    {
        using var threads = new TorchThreads(2);
        using var before = get_rng_state();
        byte[] expected = before.bytes.ToArray();

        Run(Store(seed: 8, labels: 40), ModelWeights.Random(TestModels.Configuration(), seed: 1), Options with { DropoutRate = 0.1 });

        using var after = get_rng_state();
        CollectionAssert.AreEqual(expected, after.bytes.ToArray());
        Assert.AreEqual(2, get_num_threads());
    }

    [TestMethod]
    public void Run_InitialWeights_StayAsTheyWere()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        float[] before = Flat(weights);

        Run(Store(seed: 9, labels: 20), weights, Options);

        CollectionAssert.AreEqual(before, Flat(weights));
    }

    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.1)]
    public void Dispose_AfterARun_LeavesNoTensor(double dropoutRate)
    {
        var store = Store(seed: 10, labels: 60, missing: true);
        var weights = TestModels.Weights(TestModels.Configuration());

        LiveTensors.AssertNoneLeft(
            () => Run(store, weights, Options with { DropoutRate = dropoutRate }), parameters: Options.NumberOfThreads * weights.Configuration.Weights().Count());
    }

    [TestMethod]
    public void Run_SecondHalf_LeavesNoTensorPerStep()
    {
        using var loop = new TrainingLoop(Store(seed: 11, labels: 100), TestModels.Weights(TestModels.Configuration()), Options with { NumberOfEpochs = 4, DropoutRate = 0.1 }, CPU);
        var counts = new List<long>();

        loop.Run(_ => counts.Add(Tensor.TotalCount), () => { });

        Assert.AreEqual(counts[counts.Count / 2], counts[^1]);
    }

    private static PromptStore Store(int seed, int labels, bool missing = false)
    {
        var random = new RandomPrompts(seed);
        var store = new PromptStore();
        while (store.LabeledCount < labels)
        {
            var prompt = random.Next();
            prompt = prompt.Slice(0, Math.Min(prompt.TargetCount, labels - (int)store.LabeledCount), contextLength: 10);
            store.Add(prompt, random.Labels(prompt, missing));
        }

        return store;
    }

    private static float[] Run(PromptStore store, ModelWeights initial, TrainingOptions options, Action<DticTrainingProgress>? report = null)
    {
        using var loop = new TrainingLoop(store, initial, options, CPU);
        return Flat(loop.Run(report ?? (_ => { }), () => { }).Weights);
    }

    private static float[] Flat(ModelWeights weights) => [.. weights.Configuration.Weights().SelectMany(w => weights[w.Name].ToArray())];
}
