using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Runtime;
using static Dtic.MLNet.Tests.TrainingData;

namespace Dtic.MLNet.Tests;

/// <summary>What the trainer tells while it works.</summary>
[TestClass]
public sealed class DticTrainerReportTests
{
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
            new MLContext().Model.SaveToFolder(model, folder["model"]);
            string[] files = [.. Directory.GetFiles(folder["model"], "*.json").Where(file => Path.GetFileName(file) is not ("training.json" or "dtic-manifest.json")).Order(StringComparer.Ordinal).Select(File.ReadAllText)];
            var loaded = context.Model.LoadFromFolder(folder["model"]);
            CollectionAssert.AreEqual(Weights(model.LastTransformer), Weights(loaded.LastTransformer));
            var options = ClickPipeline.Options();
            (options.LearningRate, options.DropoutRate, options.WeightDecay, options.BatchSize) = (-1.5, 1.5, -0.5, -1);
            return (Weights(model.LastTransformer), line!, [MessageOf(() => new DticTrainer(context, options)), MessageOf(() => Fit(Labelled(_ => -0.5f)))], files);
        }
    }

    private static string MessageOf(Func<object> work) => Assert.Throws<Exception>(work).Message;
}
