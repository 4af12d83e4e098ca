using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>Cross-validation fits one trainer to one fold after another: each fold has checkpoints of its own.</summary>
[TestClass]
public sealed class DticTrainerCrossValidationTests
{
    private const int Folds = 3;

    private static readonly IDataView Data = Clicks.Of(users: 9).View();

    [TestMethod]
    public void CrossValidate_CheckpointFolder_HasAFolderForEachFold()
    {
        using var folder = new TemporaryFolder();
        var (expected, steps) = CrossValidate(Options());

        CollectionAssert.AreEqual(expected.SelectMany(weights => weights).ToArray(), CrossValidate(Options(folder)).Weights.SelectMany(weights => weights).ToArray());

        string[] parts = [folder.Path, folder["fit-2"], folder["fit-3"]];
        CollectionAssert.AreEqual(new[] { "fit-2", "fit-3" }, Directory.GetDirectories(folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        for (int fold = 0; fold < Folds; fold++)
        {
            CollectionAssert.AreEqual(
                new[] { $"checkpoint-{steps[fold] - 1:D10}.dtic", $"checkpoint-{steps[fold]:D10}.dtic", "checkpoint.lock" },
                Directory.GetFiles(parts[fold]).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        }
    }

    [TestMethod]
    public void CrossValidate_StoppedInTheThirdFoldAndStartedAgain_GoesOnThere()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var (expected, planned) = CrossValidate(Options());
        int stop = planned[2] - 3;
        var options = Options(folder);
        options.CancellationToken = cancellation.Token;
        var told = new Recorder();
        told = new Recorder(_ => CancelAt(planned[0] + planned[1] + stop));
        options.Progress = told;
        Assert.ThrowsExactly<OperationCanceledException>(() => CrossValidate(options));

        options = Options(folder, resume: true);
        var steps = new Recorder();
        options.Progress = steps;
        float[][] actual = CrossValidate(options).Weights;

        CollectionAssert.AreEqual(new[] { stop + 1, stop + 2, stop + 3 }, steps.Reports.Select(report => report.Step).ToArray());
        for (int fold = 0; fold < Folds; fold++)
        {
            CollectionAssert.AreEqual(expected[fold], actual[fold], $"fold {fold + 1}");
        }

        void CancelAt(int count)
        {
            if (told.Reports.Count == count)
            {
                cancellation.Cancel();
            }
        }
    }

    [TestMethod]
    public void CrossValidate_OverCheckpointsWithoutResume_IsRefusedInTheFirstFold()
    {
        using var folder = new TemporaryFolder();
        CrossValidate(Options(folder));
        var steps = new Recorder();
        var options = Options(folder);
        options.Progress = steps;

        Assert.StartsWith($"CheckpointFolder '{folder.Path}' holds 'checkpoint-", Assert.ThrowsExactly<InvalidOperationException>(() => CrossValidate(options)).Message);

        Assert.IsEmpty(steps.Reports);
    }

    [TestMethod]
    public void CrossValidate_ResumedWithOtherFolds_IsRefused()
    {
        using var folder = new TemporaryFolder();
        CrossValidate(Options(folder));

        Assert.Contains("TrainingSet is ", Assert.ThrowsExactly<CheckpointMismatchException>(() => CrossValidate(Options(folder, resume: true), seed: 2)).Message);
    }

    [TestMethod]
    public void CrossValidate_TensorBoardFolder_HasARunForEachFold()
    {
        using var folder = new TemporaryFolder();
        var options = Options();
        options.TensorBoardFolder = folder.Path;

        CrossValidate(options);

        Assert.HasCount(1, Directory.GetFiles(folder.Path));
        Assert.HasCount(1, Directory.GetFiles(folder["fit-2"]));
        Assert.HasCount(1, Directory.GetFiles(folder["fit-3"]));
    }

    [TestMethod]
    public void Fit_SameTrainerAndDataAgain_IsTheSameRun()
    {
        using var folder = new TemporaryFolder();
        var (even, odd) = (TrainingData.Labelled(i => i % 2), TrainingData.Labelled(i => (i + 1) % 2));
        var fresh = new DticTrainer(new MLContext(seed: 1), Options(folder));
        fresh.Fit(even);
        fresh.Fit(odd);
        Assert.StartsWith($"CheckpointFolder '{folder.Path}' holds 'checkpoint-", Assert.ThrowsExactly<InvalidOperationException>(() => fresh.Fit(even)).Message);
        Assert.StartsWith($"CheckpointFolder '{folder["fit-2"]}' holds 'checkpoint-", Assert.ThrowsExactly<InvalidOperationException>(() => fresh.Fit(odd)).Message);

        var options = Options(folder, resume: true);
        var steps = new Recorder();
        options.Progress = steps;
        var resumed = new DticTrainer(new MLContext(seed: 1), options);
        Assert.ThrowsExactly<CheckpointMismatchException>(() => resumed.Fit(odd));   // does not count: nothing was trained
        resumed.Fit(even);
        resumed.Fit(odd);
        resumed.Fit(even);

        Assert.IsEmpty(steps.Reports);
    }

    /// <summary>Weights and steps of each fold.</summary>
    private static (float[][] Weights, int[] Steps) CrossValidate(DticTrainer.Options options, int seed = 1)
    {
        var context = new MLContext(seed);
        var folds = context.BinaryClassification.CrossValidate(Data, ClickPipeline.Create(context, options), Folds, samplingKeyColumnName: "UserId");
        DticPredictionTransformer[] scorers = [.. folds.Select(fold => ((TransformerChain<DticPredictionTransformer>)fold.Model).LastTransformer)];
        return (Array.ConvertAll(scorers, TrainingData.Weights), Array.ConvertAll(scorers, scorer => scorer.Model.Training!.Steps));
    }

    private static DticTrainer.Options Options(TemporaryFolder? folder = null, bool resume = false)
    {
        var options = ClickPipeline.Options();
        options.NumberOfEpochs = 1;
        options.BatchSize = 25;
        options.CheckpointFolder = folder?.Path;
        options.CheckpointSteps = folder is null ? null : 1;
        options.ResumeFromCheckpoint = resume;
        return options;
    }
}
