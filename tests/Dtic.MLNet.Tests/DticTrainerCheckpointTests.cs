using Microsoft.ML;
using Microsoft.ML.Runtime;
using static Dtic.MLNet.Tests.TrainingData;

namespace Dtic.MLNet.Tests;

/// <summary>Checkpoints as the trainer's user meets them; how they are made is tested in Training.Checkpoints.</summary>
[TestClass]
public sealed class DticTrainerCheckpointTests
{
    [TestMethod]
    public void Fit_CancelledAndStartedAgain_EndsAsIfNeverStopped()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        float[] expected = Weights(Fit(Options()));
        var options = Options(folder["checkpoints"]);
        options.CancellationToken = cancellation.Token;
        options.Progress = new Recorder(progress => CancelAt(progress, 3));
        List<string> log = [];
        Assert.ThrowsExactly<OperationCanceledException>(() => Fit(options, log));
        Assert.StartsWith($"Saved '{folder["checkpoints/checkpoint-0000000003.dtic"]}' (step 3 of ", log[^1]);

        var steps = new Recorder();
        options = Options(folder["checkpoints"], resume: true);
        options.Progress = steps;
        float[] actual = Weights(Fit(options, log));

        CollectionAssert.AreEqual(expected, actual);
        Assert.AreEqual(4, steps.Reports[0].Step);
        Assert.IsTrue(steps.Reports.All(report => report.Elapsed > TimeSpan.Zero && report.TargetsPerSecond > 0 && report.Remaining >= TimeSpan.Zero));

        void CancelAt(DticTrainingProgress progress, int step)
        {
            if (progress.Step == step)
            {
                cancellation.Cancel();
            }
        }
    }

    [TestMethod]
    public void Fit_CancelledWithReturnBestAndStartedAgain_EndsAsIfNeverStopped()
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        float[] expected = Weights(Fit(OneByOne()));
        var options = OneByOne(folder.Path);
        options.ReturnBestWhenCancelled = true;
        options.CancellationToken = cancellation.Token;
        options.Progress = new Recorder(progress => CancelAt(progress, 50));
        Fit(options);

        CollectionAssert.AreEqual(expected, Weights(Fit(OneByOne(folder.Path, resume: true))));

        void CancelAt(DticTrainingProgress progress, int step)
        {
            if (progress.Step == step)
            {
                cancellation.Cancel();
            }
        }

        static DticTrainer.Options OneByOne(string? folder = null, bool resume = false)
        {
            var options = Options(folder, resume);
            options.BatchSize = 1;   // most tokens are in few steps
            return options;
        }
    }

    [TestMethod]
    public void Fit_ResumedWhenFinished_GivesTheModelWithoutAStep()
    {
        using var folder = new TemporaryFolder();
        float[] expected = Weights(Fit(Options(folder.Path)));
        var steps = new Recorder();
        var options = Options(folder.Path, resume: true);
        options.Progress = steps;

        CollectionAssert.AreEqual(expected, Weights(Fit(options)));

        Assert.IsEmpty(steps.Reports);
    }

    [TestMethod]
    public void Fit_CheckpointsThere_AreRefusedOrOfAnotherRun()
    {
        using var folder = new TemporaryFolder();
        Fit(Options(folder.Path));

        Assert.StartsWith($"CheckpointFolder '{folder.Path}' holds 'checkpoint-", Assert.ThrowsExactly<InvalidOperationException>(() => Fit(Options(folder.Path))).Message);
        var options = Options(folder.Path, resume: true);
        options.DropoutRate = 0.25;
        Assert.Contains("DropoutRate is 0.25, in the checkpoint 0.1.", Assert.ThrowsExactly<CheckpointMismatchException>(() => Fit(options)).Message);
    }

    [TestMethod]
    public void Fit_CheckpointFolderCannotBeMade_ThrowsBeforeAnyStep()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");
        var steps = new Recorder();
        var options = Options(folder["file/checkpoints"]);
        options.Progress = steps;

        Assert.StartsWith($"CheckpointFolder '{folder["file/checkpoints"]}' cannot be written: ", Assert.Throws<IOException>(() => Fit(options)).Message);

        Assert.IsEmpty(steps.Reports);
    }

    [TestMethod]
    public void Fit_NoFolders_WritesNothing()
    {
        string[] before = Directory.GetFileSystemEntries(Environment.CurrentDirectory);

        Fit(Options());

        CollectionAssert.AreEquivalent(before, Directory.GetFileSystemEntries(Environment.CurrentDirectory));
    }

    [TestMethod]
    public void Fit_TensorBoardFolder_HoldsAnEventFile()
    {
        using var folder = new TemporaryFolder();
        var options = Options();
        options.TensorBoardFolder = folder["runs/first"];

        Fit(options);

        Assert.IsGreaterThan(100, new FileInfo(Directory.GetFiles(folder["runs/first"], "events.out.tfevents.*").Single()).Length);
    }

    private static DticTrainer.Options Options(string? folder = null, bool resume = false)
    {
        var options = ClickPipeline.Options();
        options.BatchSize = 20;
        options.CheckpointFolder = folder;
        options.ResumeFromCheckpoint = resume;
        return options;
    }

    private static DticPredictionTransformer Fit(DticTrainer.Options options, List<string>? log = null)
    {
        var context = new MLContext(seed: 1);
        context.Log += (_, entry) =>
        {
            if (entry.Kind == ChannelMessageKind.Info)
            {
                log?.Add(entry.RawMessage);
            }
        };
        return context.BinaryClassification.Trainers.Dtic(options).Fit(Labelled(i => i % 2));
    }
}
