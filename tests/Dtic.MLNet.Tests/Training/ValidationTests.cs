using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training;

/// <summary>What validation does to a training, and what it must not do.</summary>
[TestClass]
public sealed class ValidationTests
{
    private static readonly TrainingOptions Options = new(
        NumberOfEpochs: 3, BatchSize: 16, LearningRate: 0.02, WeightDecay: 0.01, DropoutRate: 0.1, WarmupFraction: 0.1,
        MaximumGradientNorm: 1, MaximumTokensPerPass: 100, NumberOfThreads: 2, Seed: 1)
    {
        ValidationsPerEpoch = 3,
    };

    [TestMethod]
    [DataRow(ContextAttention.Isolated, null)]
    [DataRow(ContextAttention.Windowed, null)]
    [DataRow(ContextAttention.Windowed, ScoringMode.Packed)]
    public void Run_Validation_MeasuresAsANaiveScorerDoes(ContextAttention attention, ScoringMode? mode)
    {
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention));
        var validation = Store(seed: 21, prompts: 12);
        using var loop = new TrainingLoop(
            Store(seed: 1), weights, Options with { NumberOfEpochs = 1, BatchSize = 10_000, LearningRate = 1e-12, WeightDecay = 0, ScoringMode = mode }, CPU, validation);

        loop.Run(_ => { }, () => { });

        // A step of that length leaves the weights where they were.
        var naive = new NaiveClickModel(weights);
        (double Score, float Label)[] targets =
        [
            .. from prompt in Enumerable.Range(0, validation.PromptCount)
               from target in Score(naive, validation.Prompt(prompt), attention == ContextAttention.Windowed && mode is null).Zip(validation.Labels(prompt).ToArray())
               where !float.IsNaN(target.Second)
               select ((double)target.First, target.Second),
        ];
        var found = loop.State.LastValidation!;
        Assert.AreEqual(targets.Average(t => Math.Log(1 + Math.Exp(t.Label > 0 ? -t.Score : t.Score))), found.LogLoss, 1e-4);
        var pairs = targets.Where(t => t.Label > 0).SelectMany(p => targets.Where(t => t.Label == 0).Select(n => p.Score > n.Score ? 1 : p.Score == n.Score ? 0.5 : 0));
        Assert.AreEqual(pairs.Average(), found.AreaUnderRocCurve, 0.01);
        Assert.AreEqual(1, found.Step);

        static IEnumerable<float> Score(NaiveClickModel naive, Dtic.Transforms.Prompts.PackedPrompt prompt, bool alone) => alone
            ? Enumerable.Range(0, prompt.TargetCount).SelectMany(target => naive.Score(prompt.Slice(target, 1, 3))).Select(score => (float)score)
            : naive.Score(prompt.Slice(0, prompt.TargetCount, 3)).Select(score => (float)score);
    }

    [TestMethod]
    [DataRow(ValidationMetric.AreaUnderRocCurve)]
    [DataRow(ValidationMetric.LogLoss)]
    public void Run_Validation_RestoresTheBestAndChangesNoUpdate(ValidationMetric metric)
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var options = Options with { ValidationMetric = metric };
        var (with, reports) = Run(weights, options, Store(seed: 22));
        var (_, without) = Run(weights, options, validation: null);

        CollectionAssert.AreEqual(without.Select(r => r.Loss).ToArray(), reports.Select(r => r.Loss).ToArray());
        var validations = reports.Where(r => r.LastValidation?.Step == r.Step).Select(r => r.LastValidation!).ToArray();
        Assert.HasCount(9, validations);
        var best = metric == ValidationMetric.LogLoss ? validations.MinBy(v => v.LogLoss)! : validations.MaxBy(v => v.AreaUnderRocCurve)!;
        Assert.AreEqual(best, with.State.BestValidation);
        Assert.IsLessThan(reports[^1].Step, best.Step);   // else restoring would do nothing here

        // The same training, ended where the best validation was.
        var (ended, _) = Run(weights, options with { ReturnBestWhenCancelled = true }, validation: null, cancelAfter: best.Step);
        Assert.AreEqual(TrainingEnd.Cancelled, ended.End);
        CollectionAssert.AreEqual(Flat(ended.Weights), Flat(with.Weights));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(4)]
    public void Run_EarlyStopping_StopsAfterSoManyRoundsWithoutABetterOne(int rounds)
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var (_, all) = Run(weights, Options, Store(seed: 23));
        int expected = 0, since = 0;
        double best = double.NegativeInfinity;
        foreach (var report in all.Where(r => r.LastValidation?.Step == r.Step))
        {
            since = report.LastValidation!.AreaUnderRocCurve > best ? 0 : since + 1;
            best = Math.Max(best, report.LastValidation.AreaUnderRocCurve);
            expected = report.Step;
            if (since == rounds)
            {
                break;
            }
        }

        var (result, reports) = Run(weights, Options with { EarlyStoppingRounds = rounds }, Store(seed: 23));

        Assert.AreEqual(expected, reports[^1].Step);
        Assert.AreEqual(expected < all.Count ? TrainingEnd.StoppedEarly : TrainingEnd.Completed, result.End);
        Assert.AreEqual(best, result.State.BestValidation!.AreaUnderRocCurve);
    }

    [TestMethod]
    public void Run_CancelledWhileValidating_GivesTheBestBefore()
    {
        using var cancellation = new CancellationTokenSource();
        int calls = 0;
        using var loop = new TrainingLoop(
            Store(seed: 1), TestModels.Weights(TestModels.Configuration()), Options with { ReturnBestWhenCancelled = true, NumberOfThreads = 1, ValidationsPerEpoch = 1 }, CPU, Store(seed: 22));
        int steps = 0;

        var result = loop.Run(progress => steps = progress.Step, () =>
        {
            // Passes of the second epoch's validation: many calls behind a step.
            calls = loop.State.Validations == 1 && loop.State.StepInEpoch == loop.State.Step / 2 ? calls + 1 : 0;
            if (calls == 3)
            {
                throw new OperationCanceledException();
            }
        });

        Assert.AreEqual(TrainingEnd.Cancelled, result.End);
        Assert.AreEqual(1, result.State.Validations);
        Assert.AreEqual(result.State.Step, steps + 1);   // the step was done, its validation was not
        Assert.AreEqual(result.State.Step / 2, result.State.BestValidation!.Step);
    }

    [TestMethod]
    public void Run_CancelledBeforeTheFirstStep_ThrowsWhateverIsAskedFor()
    {
        var options = Options with { ReturnBestWhenCancelled = true };

        Assert.ThrowsExactly<OperationCanceledException>(() => Run(TestModels.Weights(TestModels.Configuration()), options, Store(seed: 22), cancelAfter: 0));
    }

    [TestMethod]
    public void Run_WeightAndSmoothing_AreInTheLoss()
    {
        var store = Store(seed: 24, prompts: 10);
        var weights = TestModels.Weights(TestModels.Configuration());
        var naive = new NaiveClickModel(weights);
        var losses = Enumerable.Range(0, store.PromptCount).SelectMany(p => naive.Score(store.Prompt(p)).Zip(store.Labels(p).ToArray()))
            .Where(pair => !float.IsNaN(pair.Second))
            .Select(pair => (pair.Second > 0 ? 3 : 1) * CrossEntropy(1 / (1 + Math.Exp(-pair.First)), pair.Second > 0 ? 0.9 : 0.1));
        var reports = new List<DticTrainingProgress>();
        var options = Options with { NumberOfEpochs = 1, BatchSize = 1000, DropoutRate = 0, PositiveInstanceWeight = 3, LabelSmoothing = 0.2 };
        using var loop = new TrainingLoop(store, weights, options, CPU);

        loop.Run(reports.Add, () => { });

        Assert.AreEqual(losses.Average(), reports.Single().Loss, 1e-4);

        static double CrossEntropy(double p, double wanted) => -(wanted * Math.Log(p)) - ((1 - wanted) * Math.Log(1 - p));
    }

    [TestMethod]
    public void Run_LossThatIsNoNumber_SaysThatItDiverged()
    {
        var exception = Assert.ThrowsExactly<InvalidOperationException>(
            () => Run(TestModels.Weights(TestModels.Configuration()), Options with { LearningRate = 1e38, WarmupFraction = 0 }, Store(seed: 22)));

        Assert.MatchesRegex(@"^Training diverged: after \d+ steps the loss is not a finite number\. Lower LearningRate or MaximumGradientNorm, or raise WarmupFraction\.$", exception.Message);
    }

    [TestMethod]
    public void Run_WithValidation_LeavesNoTensor()
    {
        var weights = TestModels.Weights(TestModels.Configuration());

        LiveTensors.AssertNoneLeft(() => Run(weights, Options, Store(seed: 22)), parameters: Options.NumberOfThreads * weights.Configuration.Weights().Count());
    }

    private static PromptStore Store(int seed, int prompts = 40)
    {
        var random = new RandomPrompts(seed);
        var store = new PromptStore();
        foreach (var prompt in random.Batch(prompts))
        {
            store.Add(prompt, random.Labels(prompt, missing: true));
        }

        return store;
    }

    private static (TrainingResult Result, List<DticTrainingProgress> Reports) Run(ModelWeights weights, TrainingOptions options, PromptStore? validation, int cancelAfter = int.MaxValue)
    {
        var reports = new List<DticTrainingProgress>();
        using var loop = new TrainingLoop(Store(seed: 1), weights, options, CPU, validation);
        var result = loop.Run(reports.Add, () =>
        {
            if (reports.Count >= cancelAfter)
            {
                throw new OperationCanceledException();
            }
        });
        return (result, reports);
    }

    private static float[] Flat(ModelWeights weights) => [.. weights.Configuration.Weights().SelectMany(w => weights[w.Name].ToArray())];
}
