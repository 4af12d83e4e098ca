using Dtic.MLNet.Training;
using Dtic.MLNet.Training.Checkpoints;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Training.Checkpoints;

[TestClass]
public sealed class CheckpointerTests
{
    [TestMethod]
    [DataRow(null, TrainingEnd.Completed)]
    [DataRow(2, TrainingEnd.StoppedEarly)]
    public void Resume_AfterAnyStep_EndsAsIfNeverStopped(int? earlyStoppingRounds, TrainingEnd end)
    {
        var options = TinyTraining.Options with { EarlyStoppingRounds = earlyStoppingRounds };
        using var whole = TinyTraining.Loop(options);
        var expected = TinyTraining.Run(whole)!;
        Assert.AreEqual(end, expected.End);
        for (int stop = 1; stop <= whole.State.Step; stop++)
        {
            using var place = new TemporaryFolder();
            Stop(place, stop, options);
            using var folder = CheckpointFolder.Open(place.Path, resume: true);
            using var loop = TinyTraining.Loop(options);
            List<string> log = [];

            TinyTraining.Checkpointer(folder, loop, log, options).Resume();
            Assert.AreEqual(stop, loop.State.Step);
            var actual = TinyTraining.Run(loop)!;

            CollectionAssert.AreEqual(TinyTraining.Flat(expected.Weights), TinyTraining.Flat(actual.Weights), $"step {stop}");
            Assert.AreEqual(end, actual.End);
            AssertEqual(whole.State, loop.State);
            Assert.AreEqual($"Going on from '{folder.Files()[0]}': step {stop} of {loop.NumberOfSteps}.", log.Single());
        }
    }

    [TestMethod]
    public void Resume_CancelledWhileItValidates_ValidatesFirst()
    {
        using var whole = TinyTraining.Loop();
        var expected = TinyTraining.Run(whole)!;
        for (int step = 2; step <= whole.NumberOfSteps; step += 2)
        {
            using var place = new TemporaryFolder();
            using (var loop = TinyTraining.Loop())
            using (var folder = CheckpointFolder.Open(place.Path, resume: true))
            {
                // Who asks first when the step is counted is the validation behind it.
                Assert.ThrowsExactly<OperationCanceledException>(() => loop.Run(_ => { }, () => ThrowIf(loop.State.Step == step)));
                Assert.AreNotEqual(step, loop.State.LastValidation?.Step);
                TinyTraining.Checkpointer(folder, loop, []).Save();
            }

            using var reopened = CheckpointFolder.Open(place.Path, resume: true);
            using var resumed = TinyTraining.Loop();
            TinyTraining.Checkpointer(reopened, resumed, []).Resume();
            var actual = TinyTraining.Run(resumed)!;

            CollectionAssert.AreEqual(TinyTraining.Flat(expected.Weights), TinyTraining.Flat(actual.Weights), $"step {step}");
            AssertEqual(whole.State, resumed.State);
        }
    }

    [TestMethod]
    public void Resume_NewestIsDamaged_SaysSoAndTakesTheOneBefore()
    {
        using var place = new TemporaryFolder();
        Stop(place, 4);
        byte[] bytes = File.ReadAllBytes(place["checkpoint-0000000004.dtic"]);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(place["checkpoint-0000000004.dtic"], bytes);
        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        using var loop = TinyTraining.Loop();
        List<string> log = [];

        TinyTraining.Checkpointer(folder, loop, log).Resume();

        Assert.AreEqual(3, loop.State.Step);
        CollectionAssert.AreEqual(
            new[]
            {
                $"! A checkpoint is left out: '{place["checkpoint-0000000004.dtic"]}' is damaged: its SHA-256 is not the one at its end.",
                $"Going on from '{place["checkpoint-0000000003.dtic"]}': step 3 of {loop.NumberOfSteps}.",
            },
            log);
    }

    [TestMethod]
    public void Resume_NoCheckpoint_BeginsAnew()
    {
        using var place = new TemporaryFolder();
        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        using var loop = TinyTraining.Loop();
        List<string> log = [];

        TinyTraining.Checkpointer(folder, loop, log).Resume();

        Assert.AreEqual(0, loop.State.Step);
        Assert.AreEqual($"There is no checkpoint to go on from in '{place.Path}': training begins anew.", log.Single());
    }

    [TestMethod]
    public void Resume_AllAreDamaged_ThrowsNamingEachAndTouchesNone()
    {
        using var place = new TemporaryFolder();
        Stop(place, 4);
        byte[] bytes = File.ReadAllBytes(place["checkpoint-0000000004.dtic"]);
        bytes[^1] ^= 1;
        File.WriteAllBytes(place["checkpoint-0000000004.dtic"], bytes);
        File.WriteAllText(place["checkpoint-0000000003.dtic"], "half");
        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        using var loop = TinyTraining.Loop();
        List<string> log = [];

        string message = Assert.ThrowsExactly<ModelFormatException>(TinyTraining.Checkpointer(folder, loop, log).Resume).Message;

        Assert.AreEqual(
            $"None of the checkpoints in CheckpointFolder '{place.Path}' can be read: '{place["checkpoint-0000000004.dtic"]}' is damaged: its SHA-256 is not the one at its end. "
            + $"'{place["checkpoint-0000000003.dtic"]}' is truncated: 4 bytes are no checkpoint. To begin anew, delete them or choose another CheckpointFolder.",
            message);
        Assert.AreEqual(0, loop.State.Step);
        CollectionAssert.AreEqual(bytes, File.ReadAllBytes(place["checkpoint-0000000004.dtic"]));
        Assert.AreEqual("half", File.ReadAllText(place["checkpoint-0000000003.dtic"]));
        Assert.IsEmpty(log);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux | OperatingSystems.OSX)]
    [Timeout(60_000)]
    public void Resume_APipeWithTheNewestName_IsDamageAndNoWait()
    {
        using var place = new TemporaryFolder();
        Stop(place, 3);
        using (var make = System.Diagnostics.Process.Start("mkfifo", place["checkpoint-0000000009.dtic"]))
        {
            make.WaitForExit();
        }

        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        using var loop = TinyTraining.Loop();
        List<string> log = [];

        TinyTraining.Checkpointer(folder, loop, log).Resume();

        Assert.AreEqual(3, loop.State.Step);
        Assert.AreEqual($"! A checkpoint is left out: '{place["checkpoint-0000000009.dtic"]}' is no file with content: it is empty, or a folder, a pipe or a device.", log[0]);
    }

    [TestMethod]
    public void Resume_OtherOptionsAndData_ThrowsNamingAll()
    {
        using var place = new TemporaryFolder();
        Stop(place, 2);
        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        var options = TinyTraining.Options with { LearningRate = 0.5, EarlyStoppingRounds = 3 };
        using var loop = TinyTraining.Loop(options);
        var run = RunDescription.Of(options, TinyTraining.Model, TinyTraining.Validation, null, "cpu");
        var checkpointer = new Checkpointer(folder, loop, run, TimeSpan.FromDays(1), null, _ => { }, _ => { });

        string message = Assert.ThrowsExactly<CheckpointMismatchException>(checkpointer.Resume).Message;

        string training = TinyTraining.Training.Hash()[..12], validation = TinyTraining.Validation.Hash()[..12];
        Assert.AreEqual(
            $"'{place["checkpoint-0000000002.dtic"]}' is of another run: TrainingSet is {validation}..., in the checkpoint {training}.... "
            + $"ValidationSet is none, in the checkpoint {validation}.... LearningRate is 0.5, in the checkpoint 0.02. EarlyStoppingRounds is 3, in the checkpoint null. "
            + "Train as then, or choose another CheckpointFolder to begin anew.",
            message);
        Assert.AreEqual(0, loop.State.Step);
    }

    [TestMethod]
    public void Save_FolderIsGone_WarnsAndTheTrainingGoesOn()
    {
        using var place = new TemporaryFolder();
        string path = place["checkpoints"];
        using var folder = CheckpointFolder.Open(path, resume: false);
        using var loop = TinyTraining.Loop();
        List<string> log = [];
        var checkpointer = TinyTraining.Checkpointer(folder, loop, log);

        var result = TinyTraining.Run(loop, () =>
        {
            if (loop.State.Step == 2)
            {
                Directory.Delete(path, recursive: true);
            }
            else if (loop.State.Step == 4)
            {
                Directory.CreateDirectory(path);
            }

            checkpointer.StepDone();
        });

        Assert.IsNotNull(result);
        Assert.HasCount(loop.NumberOfSteps, log);
        Assert.StartsWith("Saved '", log[0]);
        Assert.StartsWith("! No checkpoint was saved at step 2, training goes on: ", log[1]);
        Assert.StartsWith("! No checkpoint was saved at step 3, training goes on: ", log[2]);
        Assert.StartsWith("Saved '", log[3]);
    }

    [TestMethod]
    [DataRow(1, 0.0, "1 2 3 4 5 6")]
    [DataRow(4, 0.0, "4")]
    [DataRow(null, 0.0, "")]
    [DataRow(null, 1.0, "1 2 3 4 5 6", DisplayName = "an interval that is always over")]
    public void StepDone_IntervalAndSteps_SaveWhenTheFirstIsOver(int? steps, double intervalIsOver, string expected)
    {
        using var place = new TemporaryFolder();
        using var folder = CheckpointFolder.Open(place.Path, resume: false);
        using var loop = TinyTraining.Loop();
        List<string> saved = [];
        var interval = intervalIsOver > 0 ? TimeSpan.FromTicks(1) : TimeSpan.FromDays(1);
        var run = RunDescription.Of(TinyTraining.Options, TinyTraining.Model, TinyTraining.Training, TinyTraining.Validation, "cpu");
        var checkpointer = new Checkpointer(folder, loop, run, interval, steps, message => saved.Add(message.Split("(step ")[1].Split(' ')[0]), _ => Assert.Fail());

        TinyTraining.Run(loop, checkpointer.StepDone, stopAfter: 6);

        Assert.AreEqual(expected, string.Join(' ', saved));
    }

    [TestMethod]
    public void Save_BestWeightsAndAllElse_LeavesNoTensor()
    {
        using var place = new TemporaryFolder();
        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        using var loop = TinyTraining.Loop();
        var checkpointer = TinyTraining.Checkpointer(folder, loop, []);
        var counts = new List<long>();

        TinyTraining.Run(loop, () =>
        {
            checkpointer.StepDone();
            counts.Add(TorchSharp.torch.Tensor.TotalCount);
        });

        Assert.AreEqual(counts[2], counts[^1]);
    }

    private static void ThrowIf(bool isCancelled)
    {
        if (isCancelled)
        {
            throw new OperationCanceledException();
        }
    }

    private static void Stop(TemporaryFolder place, int step, TrainingOptions? options = null)
    {
        using var folder = CheckpointFolder.Open(place.Path, resume: true);
        using var loop = TinyTraining.Loop(options);
        TinyTraining.Run(loop, TinyTraining.Checkpointer(folder, loop, [], options).StepDone, step);
    }

    private static void AssertEqual(TrainingState expected, TrainingState actual)
    {
        Assert.AreEqual(Numbers(expected), Numbers(actual));
        CollectionAssert.AreEqual(expected.Curve.Spans.Select(s => s with { Seconds = 0 }).ToArray(), actual.Curve.Spans.Select(s => s with { Seconds = 0 }).ToArray());

        static object Numbers(TrainingState s) =>
            (s.Step, s.Epoch, s.StepInEpoch, s.EpochLoss, s.EpochTargets, s.Targets, s.Tokens, (s.Validations, s.ValidationsSinceBest, s.LastValidation, s.BestValidation));
    }
}
