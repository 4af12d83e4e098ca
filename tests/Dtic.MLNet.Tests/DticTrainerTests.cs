using System.Globalization;
using System.Reflection;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using TorchSharp;
using Column = Dtic.MLNet.Tests.Scoring.PromptView.Column;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class DticTrainerTests
{
    private static readonly PackedPrompt[] Prompts = new RandomPrompts(5).Batch(30);
    private static readonly int TargetCount = Prompts.Sum(prompt => prompt.TargetCount);

    [TestMethod]
    public void Fit_WithoutPrompts_NamesTheColumn() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt' is missing. Put PackPrompts before the trainer; it writes this column. (Parameter 'schema')",
        PromptView.With(0, Column.Values("User", TextDataViewType.Instance, Array.Empty<ReadOnlyMemory<char>>())));

    [TestMethod]
    public void Fit_PromptsOfAnotherType_NamesBoth() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt' has type Single, expected Vector<Int32> as PackPrompts writes it. (Parameter 'schema')",
        PromptView.With(0, Column.Values("Prompt", NumberDataViewType.Single, Array.Empty<float>())));

    [TestMethod]
    public void Fit_PromptsWithoutCompanion_NamesIt() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt.InteractionStarts' is missing. Put PackPrompts before the trainer; it writes this column. (Parameter 'schema')",
        PromptView.With(0, Column.Vectors<int>("Prompt", NumberDataViewType.Int32, [])));

    [TestMethod]
    public void Fit_PromptsOfAnotherMaker_SaysWhatTheyLack() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt' lacks the annotation 'VocabularyHash' of type String: it was not written by PackPrompts. (Parameter 'VocabularyHash')",
        PromptView.With(
            0,
            Column.Vectors<int>("Prompt", NumberDataViewType.Int32, []),
            Column.Vectors<int>("Prompt.InteractionStarts", NumberDataViewType.Int32, []),
            Column.Vectors<int>("Prompt.KnownOutcomes", NumberDataViewType.Int32, [])));

    [TestMethod]
    public void Fit_WithoutLabel_NamesTheColumn() => AssertRefused<ArgumentOutOfRangeException>("Label column 'Label' is missing. (Parameter 'schema')", View());

    [TestMethod]
    public void Fit_LabelOfAnotherType_NamesBoth()
    {
        AssertRefused<ArgumentOutOfRangeException>(
            "Label column 'Label' has type Vector<Int32>, expected a vector of Boolean or Single, one value per target, as PackPrompts writes it. (Parameter 'schema')",
            View(Column.Vectors("Label", NumberDataViewType.Int32, LabelsOf(_ => 1))));
        AssertRefused<ArgumentOutOfRangeException>(
            "Label column 'Label' has type Boolean, expected a vector of Boolean or Single, one value per target, as PackPrompts writes it. (Parameter 'schema')",
            View(Column.Values("Label", BooleanDataViewType.Instance, new bool[Prompts.Length])));
    }

    [TestMethod]
    [DataRow(0.5f, "0.5")]
    [DataRow(-1f, "-1")]
    [DataRow(float.PositiveInfinity, "Infinity")]
    public void Fit_LabelOfAnotherNumber_NamesIt(float label, string shown) => AssertRefused<InvalidOperationException>(
        $"Label column 'Label' holds {shown}, expected 0, 1 or NaN (missing).", Labelled(i => i == 7 ? label : i % 2));

    [TestMethod]
    public void Fit_NoLabelledTarget_SaysSo()
    {
        const string Message = "There is nothing to train on: no target of the prompts has a label in 'Label'. Check the label column and the target flags.";
        AssertRefused<InvalidOperationException>(Message, Labelled(_ => float.NaN));
        AssertRefused<InvalidOperationException>(Message, PromptView.Of([], TestModels.Configuration(), false, PromptView.Labels([], _ => true)));
    }

    [TestMethod]
    [DataRow(0f, "negative")]
    [DataRow(1f, "positive")]
    public void Fit_OneClass_NamesIt(float label, string shown) => AssertRefused<InvalidOperationException>(
        $"All {TargetCount - 3} labelled targets are {shown}; training needs both classes in 'Label'.", Labelled(i => i < 3 ? float.NaN : label));

    [TestMethod]
    public void Fit_LabelsOfAnotherNumberThanTargets_NamesBoth()
    {
        float[][] labels = LabelsOf<float>(i => i % 2);
        labels[0] = [.. labels[0], 1];
        AssertRefused<InvalidOperationException>(
            $"Label column 'Label' has {Prompts[0].TargetCount + 1} values in a prompt of {Prompts[0].TargetCount} targets. "
            + "Compute labels before PackPrompts, which lays them out one per target.",
            View(Column.Vectors("Label", NumberDataViewType.Single, labels)));
    }

    [TestMethod]
    public void Fit_CancelledBefore_ReadsNoRowAndThrows()
    {
        var options = ClickPipeline.Options();
        options.CancellationToken = new CancellationToken(canceled: true);
        var rows = 0;
        var type = new VectorDataViewType(BooleanDataViewType.Instance);
        var view = View(new Column("Label", type, null, _ => (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> _) => rows++)));

        Assert.ThrowsExactly<OperationCanceledException>(() => new DticTrainer(new MLContext(), options).Fit(view));

        Assert.AreEqual(0, rows);
    }

    [TestMethod]
    [DataRow(false, "The operation was canceled.", DisplayName = "token")]
    [DataRow(true, "Training was cancelled through the MLContext.", DisplayName = "MLContext")]
    public void Fit_CancelledWhileItTrains_Throws(bool throughContext, string message)
    {
        var context = new MLContext(seed: 1);
        using var cancellation = new CancellationTokenSource();
        var steps = new Recorder(progress =>
        {
            if (progress.Step == 2)
            {
                Cancel();
            }
        });
        var options = ClickPipeline.Options();
        options.BatchSize = 5;
        options.Progress = steps;
        options.CancellationToken = cancellation.Token;
        var trainer = context.BinaryClassification.Trainers.Dtic(options);
        int threads = torch.get_num_threads();

        var exception = Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(Labelled(i => i % 2)));

        Assert.AreEqual(message, exception.Message);
        Assert.HasCount(2, steps.Reports);
        Assert.AreEqual(threads, torch.get_num_threads());

        void Cancel()
        {
            if (throughContext)
            {
                CancelExecution(context);
            }
            else
            {
                cancellation.Cancel();
            }
        }
    }

    [TestMethod]
    public void Fit_ContextCancelledBefore_Throws()
    {
        var context = new MLContext(seed: 1);
        var trainer = context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options());
        CancelExecution(context);

        var exception = Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(Labelled(i => i % 2)));

        Assert.AreEqual("Training was cancelled through the MLContext.", exception.Message);
    }

    [TestMethod]
    public void Fit_Again_GivesEqualWeights()
    {
        var options = ClickPipeline.Options();
        options.Seed = null;
        options.DropoutRate = 0.2;
        var trainer = new MLContext(seed: 3).BinaryClassification.Trainers.Dtic(options);
        float[] weights = Weights(trainer.Fit(Labelled(i => i % 2)));

        CollectionAssert.AreEqual(weights, Weights(trainer.Fit(Labelled(i => i % 2))));
        CollectionAssert.AreEqual(weights, Weights(new MLContext(seed: 3).BinaryClassification.Trainers.Dtic(options).Fit(Labelled(i => i % 2))));
        CollectionAssert.AreNotEqual(weights, Weights(new MLContext(seed: 4).BinaryClassification.Trainers.Dtic(options).Fit(Labelled(i => i % 2))));
    }

    [TestMethod]
    public void Fit_SeedInTheOptions_CountsInAnyContext()
    {
        var options = ClickPipeline.Options();
        float[] weights = Weights(new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2)));

        CollectionAssert.AreEqual(weights, Weights(new MLContext(seed: 7).BinaryClassification.Trainers.Dtic(options).Fit(Labelled(i => i % 2))));
        options.Seed = 2;
        CollectionAssert.AreNotEqual(weights, Weights(new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2))));
    }

    [TestMethod]
    public void Fit_OptionsChangedAfterwards_HasNoEffect()
    {
        var options = ClickPipeline.Options();
        var expected = new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2));
        var trainer = new DticTrainer(new MLContext(), options);
        options.LabelColumnName = "Nowhere";
        options.NumberOfEpochs = 5;
        options.EmbeddingDimension = 64;
        options.Seed = 9;
        options.Progress = new Recorder(_ => throw new InvalidOperationException());
        options.CancellationToken = new CancellationToken(canceled: true);

        CollectionAssert.AreEqual(Weights(expected), Weights(trainer.Fit(Labelled(i => i % 2))));
    }

    [TestMethod]
    public void Fit_MissingLabels_AreNotTrainedOn()
    {
        // The steps are cut by targets, so all of them are in one.
        var options = ClickPipeline.Options();
        options.BatchSize = 10_000;
        options.DropoutRate = 0;
        var recorder = new Recorder();
        options.Progress = recorder;
        var initial = new DticTrainer(new MLContext(), options);
        initial.Fit(Labelled(i => i % 3 == 0 ? float.NaN : i % 2));

        // An untrained head has logits near 0, and so every target the same loss, log 2; missing ones would be counted as one of the classes.
        Assert.AreEqual(Math.Log(2), recorder.Reports[0].Loss, 0.05);
        Assert.HasCount(2, recorder.Reports);
    }

    [TestMethod]
    public void Fit_Log_TellsWhatIsTrainedAndEveryEpoch()
    {
        var context = new MLContext(seed: 1);
        var lines = new List<string>();
        context.Log += (_, entry) =>
        {
            if (entry.Kind == ChannelMessageKind.Info)
            {
                lines.Add(entry.RawMessage);
            }
        };
        var options = ClickPipeline.Options();
        options.NumberOfEpochs = 3;
        options.BatchSize = 20;

        var data = Labelled(i => i < 40 ? float.NaN : i % 4 == 0 ? 1 : 0);
        var trainer = context.BinaryClassification.Trainers.Dtic(options);
        var model = trainer.Fit(data);

        Assert.HasCount(5, lines);
        int labeled = TargetCount - 40, positive = Enumerable.Range(0, TargetCount).Count(i => i >= 40 && i % 4 == 0);
        int prompts = LabelsOf(i => i >= 40).Count(labels => labels.Contains(true));
        Assert.AreEqual(
            string.Create(
                CultureInfo.InvariantCulture,
                $"{labeled} labelled targets ({100.0 * positive / labeled:F1} % positive) in {prompts} prompts; {model.Model.NumberOfParameters} weights."),
            lines[0]);
        Assert.AreEqual(trainer.EstimateCost(data).ToString(), lines[1]);
        lines.RemoveAt(1);
        int steps = (lines.Count - 1) * int.Parse(lines[1].Split("step ")[1].Split('/')[0], CultureInfo.InvariantCulture);
        for (int epoch = 1; epoch <= 3; epoch++)
        {
            Assert.MatchesRegex(
                $@"^Epoch {epoch}/3, step {steps / 3 * epoch}/{steps}: loss 0\.\d{{4}}, [\d,]+ targets/s, [\d,]+ tokens/s, 0:00:\d\d left\.$", lines[epoch]);
        }
    }

    [TestMethod]
    public void Fit_Progress_IsToldOnceAStepOnTheThreadThatTrains()
    {
        int thread = Environment.CurrentManagedThreadId;
        var threads = new HashSet<int>();
        var recorder = new Recorder(_ => threads.Add(Environment.CurrentManagedThreadId));
        var options = ClickPipeline.Options();
        options.Progress = recorder;
        options.BatchSize = 20;

        ClickPipeline.Create(new MLContext(seed: 1), options).Fit(ClickPipeline.Split.TrainSet);

        var last = recorder.Reports[^1];
        CollectionAssert.AreEqual(Enumerable.Range(1, last.NumberOfSteps).ToArray(), recorder.Reports.Select(report => report.Step).ToArray());
        Assert.IsGreaterThan(2, last.NumberOfSteps);
        CollectionAssert.AreEqual(new[] { thread }, threads.ToArray());
        Assert.IsTrue(recorder.Reports.TrueForAll(report =>
            report.Epoch is 1 or 2 && report.NumberOfEpochs == 2 && report.Loss is > 0 and < 2 && report.LearningRate is >= 0 and <= 0.02
            && report.TargetsPerSecond > 0 && report.TokensPerSecond > report.TargetsPerSecond && report.Elapsed > TimeSpan.Zero && report.Remaining >= TimeSpan.Zero));
        Assert.AreEqual(TimeSpan.Zero, last.Remaining);
    }

    [TestMethod]
    public void FitAndTransform_Torch_KeepsItsGeneratorAndThreads()
    {
        using var threads = new TorchThreads(3);
        using var before = torch.random.get_rng_state();

        var model = ClickPipeline.Create(new MLContext(seed: 1)).Fit(ClickPipeline.Split.TrainSet);
        Scorers.Read<float>(model.Transform(ClickPipeline.Split.TestSet), "Score");

        using var after = torch.random.get_rng_state();
        Assert.IsTrue(before.equal(after).all().item<bool>());
        Assert.AreEqual(3, torch.get_num_threads());
    }

    [TestMethod]
    public void Fit_CultureWithOtherNumbers_SaysAndTrainsTheSame()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat = new NumberFormatInfo { NumberDecimalSeparator = ",", PercentDecimalSeparator = ",", NumberGroupSeparator = ".", NegativeSign = "~" };

        var (weights, line, messages, files) = Work();
        var before = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = culture;
            CultureInfo.DefaultThreadCurrentCulture = culture;
            Assert.AreEqual("~0,5", (-0.5).ToString());   // the culture counts
            var (otherWeights, otherLine, otherMessages, otherFiles) = Work();

            CollectionAssert.AreEqual(weights, otherWeights);
            Assert.AreEqual(line, otherLine);
            CollectionAssert.AreEqual(messages, otherMessages);
            CollectionAssert.AreEqual(files, otherFiles);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
            CultureInfo.DefaultThreadCurrentCulture = null;
        }

        static (float[] Weights, string Line, string[] Messages, string[] Files) Work()
        {
            var context = new MLContext(seed: 1);
            string? line = null;
            context.Log += (_, entry) => line ??= entry.RawMessage.Contains("labelled targets", StringComparison.Ordinal) ? entry.RawMessage : null;
            var model = ClickPipeline.Create(context).Fit(ClickPipeline.Split.TrainSet);
            using var folder = new TemporaryFolder();
            DticModelFolder.Save(model, folder["model"]);
            string[] files = [.. Directory.GetFiles(folder["model"], "*.json").Order(StringComparer.Ordinal).Select(File.ReadAllText)];
            var loaded = DticModelFolder.Load(context, folder["model"]);
            CollectionAssert.AreEqual(Weights(model.LastTransformer), Weights(loaded.LastTransformer));
            var options = ClickPipeline.Options();
            (options.LearningRate, options.DropoutRate, options.WeightDecay, options.BatchSize) = (-1.5, 1.5, -0.5, -1);
            return (Weights(model.LastTransformer), line!, [MessageOf(() => new DticTrainer(context, options)), MessageOf(() => Fit(Labelled(_ => -0.5f)))], files);
        }
    }

    [TestMethod]
    public void Fit_Null_Throws()
    {
        Assert.AreEqual("input", Assert.ThrowsExactly<ArgumentNullException>(() => Fit(null!)).ParamName);
        Assert.AreEqual("environment", Assert.ThrowsExactly<ArgumentNullException>(() => new DticTrainer(null!)).ParamName);
        Assert.AreEqual("options", Assert.ThrowsExactly<ArgumentNullException>(() => new MLContext().BinaryClassification.Trainers.Dtic(null!)).ParamName);
    }

    [TestMethod]
    public void Fit_Direct_EqualsFitOfTheChain()
    {
        // The path without ML.NET's internals: no catalog, no chain, a folder for a zip.
        var context = new MLContext(seed: 1);
        var split = ClickPipeline.Split;
        var packer = ClickPipeline.Pack(context).Fit(split.TrainSet);
        var scorer = new DticTrainer(context, ClickPipeline.Options()).Fit(packer.Transform(split.TrainSet));
        using var folder = new TemporaryFolder();
        DticModelFolder.Save(packer, scorer, folder["model"]);

        var loaded = DticModelFolder.Load(new MLContext(), folder["model"]);

        var chain = ClickPipeline.Create(new MLContext(seed: 1)).Fit(split.TrainSet);
        float[] scores = Scorers.Read<float>(chain.Transform(split.TestSet), "Score");
        CollectionAssert.AreEqual(scores, Scorers.Read<float>(scorer.Transform(packer.Transform(split.TestSet)), "Score"));
        CollectionAssert.AreEqual(scores, Scorers.Read<float>(loaded.Transform(split.TestSet), "Score"));
    }

    private static void AssertRefused<T>(string message, IDataView view)
        where T : Exception => Assert.AreEqual(message, Assert.ThrowsExactly<T>(() => Fit(view)).Message);

    private static string MessageOf(Func<object> work) => Assert.Throws<Exception>(work).Message;

    private static DticPredictionTransformer Fit(IDataView view) => new DticTrainer(new MLContext(seed: 1), ClickPipeline.Options()).Fit(view);

    private static PromptView View(params Column[] beside) => PromptView.Of(Prompts, TestModels.Configuration(), false, beside);

    private static PromptView Labelled(Func<int, float> label) => View(Column.Vectors("Label", NumberDataViewType.Single, LabelsOf(label)));

    private static T[][] LabelsOf<T>(Func<int, T> label)
    {
        int target = 0;
        return [.. Prompts.Select(prompt => Enumerable.Range(0, prompt.TargetCount).Select(_ => label(target++)).ToArray())];
    }

    private static float[] Weights(DticPredictionTransformer scorer) => [.. scorer.Model.WeightNames.SelectMany(name => scorer.Model.GetWeight(name).ToArray())];

    // What AutoML calls; closed to others.
    private static void CancelExecution(MLContext context) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.Invoke(context, null);

    private sealed class Recorder(Action<DticTrainingProgress>? then = null) : IProgress<DticTrainingProgress>
    {
        public List<DticTrainingProgress> Reports { get; } = [];

        public void Report(DticTrainingProgress value)
        {
            Reports.Add(value);
            then?.Invoke(value);
        }
    }
}
