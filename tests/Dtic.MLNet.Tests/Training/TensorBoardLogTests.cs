using System.Buffers.Binary;
using Dtic.MLNet.Tests.Training.Checkpoints;
using Dtic.MLNet.Training;
using Tensorboard;

namespace Dtic.MLNet.Tests.Training;

/// <summary>Event files are TFRecords (a length, its checksum, the content, its checksum) of Event messages.</summary>
[TestClass]
public sealed class TensorBoardLogTests
{
    [TestMethod]
    public void StepDone_Training_WritesEveryStepAndValidation()
    {
        using var folder = new TemporaryFolder();
        using var loop = TinyTraining.Loop();
        long began = DateTimeOffset.UtcNow.ToUnixTimeSeconds();

        loop.Run(new TensorBoardLog(folder["events"], loop.State, Assert.Fail).StepDone, () => { });

        var events = Read(Directory.GetFiles(folder["events"]).Single());
        Assert.AreEqual("brain.Event:2", events[0].FileVersion);
        var scalars = events.Skip(1).Select(e => (e.Summary.Value.Single().Tag, e.Step, Value: e.Summary.Value.Single().SimpleValue)).ToLookup(e => e.Tag);
        CollectionAssert.AreEquivalent(new[] { "Loss/train", "LearningRate", "TargetsPerSecond", "Loss/validation", "AUC/validation" }, scalars.Select(tag => tag.Key).ToArray());
        var steps = loop.State.Curve.Spans;
        AssertScalars("Loss/train", steps.Select(s => ((long)s.LastStep, s.Loss / s.Targets)));
        AssertScalars("LearningRate", steps.Select(s => ((long)s.LastStep, s.LearningRate)));
        var validations = steps.Where(s => s.Validation is not null).Select(s => s.Validation!).ToArray();
        AssertScalars("Loss/validation", validations.Select(v => ((long)v.Step, v.LogLoss)));
        AssertScalars("AUC/validation", validations.Select(v => ((long)v.Step, v.AreaUnderRocCurve)));
        Assert.IsTrue(scalars["TargetsPerSecond"].All(scalar => scalar.Value > 0));
        Assert.IsTrue(events.Skip(1).All(e => e.WallTime >= began && e.WallTime <= DateTimeOffset.UtcNow.ToUnixTimeSeconds()));

        void AssertScalars(string tag, IEnumerable<(long Step, double Value)> expected)
        {
            var wanted = expected.ToArray();
            CollectionAssert.AreEqual(wanted.Select(e => e.Step).ToArray(), scalars[tag].Select(s => s.Step).ToArray());
            foreach (var (found, (step, value)) in scalars[tag].Zip(wanted)) Assert.AreEqual(value, found.Value, 1e-5, $"{tag} at step {step}");
        }
    }

    [TestMethod]
    public void StepDone_FolderVanishes_WarnsOnceAndTheTrainingGoesOn()
    {
        using var folder = new TemporaryFolder();
        using var loop = TinyTraining.Loop();
        List<string> warnings = [];
        var log = new TensorBoardLog(folder["events"], loop.State, warnings.Add);
        Directory.Delete(folder["events"], recursive: true);

        Assert.AreEqual(TrainingEnd.Completed, loop.Run(log.StepDone, () => { }).End);

        Assert.HasCount(1, warnings);
        Assert.StartsWith("Nothing more is written for TensorBoard: ", warnings[0]);
    }

    private static List<Event> Read(string file)
    {
        byte[] bytes = File.ReadAllBytes(file);
        var events = new List<Event>();
        for (int at = 0; at < bytes.Length;)
        {
            int length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(at));
            Assert.AreEqual(MaskedCrc(bytes.AsSpan(at, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 8)));
            var record = bytes.AsSpan(at + 12, length);
            Assert.AreEqual(MaskedCrc(record), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at + 12 + length)));
            events.Add(Event.Parser.ParseFrom(record.ToArray()));
            at += length + 16;
        }

        return events;
    }

    /// <summary>CRC-32C bit by bit, masked as the format wants it.</summary>
    private static uint MaskedCrc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in bytes)
        {
            crc ^= value;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * 0x82F63B78);
            }
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xA282EAD8;
    }
}
