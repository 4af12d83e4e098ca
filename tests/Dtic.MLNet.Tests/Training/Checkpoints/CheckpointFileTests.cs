using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Dtic.MLNet.Model;
using Dtic.MLNet.Training;
using Dtic.MLNet.Training.Checkpoints;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Training.Checkpoints;

[TestClass]
public sealed class CheckpointFileTests
{
    private static readonly CheckpointContent Content = new(
        new JsonObject { ["LearningRate"] = 0.1 },
        new TrainingState
        {
            Step = 7,
            EpochLoss = 0.1 + 0.2,
            Elapsed = TimeSpan.FromTicks(123456789),
            LastValidation = new DticValidation(4, double.NaN, 1.0 / 3),
        },
        [new CurveSpan(5, 5, 1, 1, 20, 300, 0.25, 1e-3, null), new CurveSpan(2, 7, 1, 1.5, 30, 400, 0.25, 1e-3, new DticValidation(7, 0.75, 0.5))],
        HasBest: false);

    private const string Span = """{"Steps":1,"LastStep":1,"Epoch":1,"Loss":1,"Targets":1,"Tokens":1,"Seconds":1,"LearningRate":1,"Validation":null}""";

    private static readonly byte[] Small = Write([new StoredTensor("a", [2], () => [1f, -2f])]);

    [TestMethod]
    public void Read_WhatWasWritten_IsTheSame()
    {
        var (content, tensors) = Read(Small);

        Assert.AreEqual("""{"LearningRate":0.1}""", content.Run.ToJsonString());
        Assert.AreEqual((7, 0.1 + 0.2, TimeSpan.FromTicks(123456789)), (content.State.Step, content.State.EpochLoss, content.State.Elapsed));
        Assert.AreEqual(Content.State.LastValidation, content.State.LastValidation);
        Assert.IsNull(content.State.BestValidation);
        CollectionAssert.AreEqual(Content.Curve.ToArray(), content.Curve.ToArray());
        CollectionAssert.AreEqual(new[] { 1f, -2f }, tensors["a"]);
    }

    [TestMethod]
    public void Read_AnyBitFlipped_Throws()
    {
        for (int bit = 0; bit < Small.Length * 8; bit++)
        {
            byte[] damaged = [.. Small];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.AreEqual("'c.dtic' is damaged: its SHA-256 is not the one at its end.", Failure(damaged), $"bit {bit}");
        }
    }

    [TestMethod]
    public void Read_TruncatedOrGrown_Throws()
    {
        for (int length = 0; length < Small.Length; length++)
        {
            Assert.MatchesRegex("^'c.dtic' is (truncated|damaged): ", Failure(Small[..length]), $"{length} bytes");
        }

        Assert.AreEqual("'c.dtic' is damaged: its SHA-256 is not the one at its end.", Failure([.. Small, 0]));
    }

    // From here on the hash is right: not damage, but malice or another version.
    [TestMethod]
    [DataRow("DticSome", 2L, "'c.dtic' is not a checkpoint.")]
    [DataRow("DticCkp1", long.MaxValue, "'c.dtic' is no checkpoint: its description would be 9223372036854775807 bytes long.")]
    [DataRow("DticCkp1", 60_000_000L, "'c.dtic' is no checkpoint: its description would be 60000000 bytes long.")]
    [DataRow("DticCkp1", -1L, "'c.dtic' is no checkpoint: its description would be -1 bytes long.")]
    public void Read_StrangeBeginning_ThrowsWithoutAskingForMemory(string magic, long length, string message)
    {
        var start = new byte[16];
        Encoding.ASCII.GetBytes(magic, start);
        BinaryPrimitives.WriteInt64LittleEndian(start.AsSpan(8), length);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.AreEqual(message, Failure(Hashed([.. start, .. Small.AsSpan(16, 100)])));

        Assert.IsLessThan(10_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow("null", "'c.dtic' has a broken description: it names no run.")]
    [DataRow("{}", "'c.dtic' has a broken description: ")]
    [DataRow("""{"Run":{},"Run":{}}""", "'c.dtic' has a broken description: ")]
    [DataRow("[1]", "'c.dtic' has a broken description: ")]
    [DataRow("""{"Run":{},"State":{"Step":"x"},"Curve":[],"HasBest":false}""", "'c.dtic' has a broken description: ")]
    [DataRow("""{"Run":{},"State":{},"Curve":[],"HasBest":false,"More":1}""", "'c.dtic' has a broken description: ")]
    [DataRow("""{"Run":{"Seed":"\ud800"},"State":{},"Curve":[],"HasBest":false}""", "'c.dtic' has a broken description: ", DisplayName = "half a character")]
    [DataRow("""{"Run":null,"State":{},"Curve":[],"HasBest":false}""", "'c.dtic' has a broken description: ")]
    [DataRow("""{"Run":{},"State":{},"Curve":[null],"HasBest":false}""", "'c.dtic' has a broken description: ")]
    [DataRow("""{"Run":{},"State":{},"Curve":[],"HasBest":false}""", "'c.dtic' is truncated.", DisplayName = "no tensors")]
    public void Read_StrangeDescription_Throws(string json, string message)
    {
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);

        Assert.StartsWith(message, Failure(Hashed([.. "DticCkp1"u8, .. length, .. Encoding.Latin1.GetBytes(json)])));
    }

    [TestMethod]
    [DataRow("""{"Step":1}""", "", false, "its curve tells of 0 steps, and it stands at step 1.")]
    [DataRow("{}", Span, false, "its curve tells of 1 steps, and it stands at step 0.")]
    [DataRow("""{"Step":2}""", Span + "," + Span, false, "span 2 of its curve ends at step 1 instead of 2.", DisplayName = "one step twice")]
    [DataRow("""{"Step":0}""", """{"Steps":0,"LastStep":0,"Epoch":1,"Loss":1,"Targets":1,"Tokens":1,"Seconds":1,"LearningRate":1,"Validation":null}""", false, "span 1 of its curve has 0 steps.")]
    [DataRow("""{"Step":1,"TrainingSeconds":"NaN"}""", Span, false, "TrainingSeconds is NaN.")]
    [DataRow("""{"Step":1,"ValidationSeconds":-0.5}""", Span, false, "ValidationSeconds is -0.5.")]
    [DataRow("""{"Step":1,"Elapsed":"-00:00:01"}""", Span, false, "Elapsed is -00:00:01.")]
    [DataRow("""{"Step":1,"Tokens":-1}""", Span, false, "Tokens is -1.")]
    [DataRow("""{"Step":1,"Targets":-2}""", Span, false, "Targets is -2.")]
    [DataRow("""{"Step":1,"Validations":-3}""", Span, false, "Validations is -3.")]
    [DataRow("""{"Step":1}""", Span, true, "it holds best weights and tells of no best validation.")]
    [DataRow("""{"Step":1,"BestValidation":{"Step":1,"AreaUnderRocCurve":0.5,"LogLoss":0.7}}""", Span, false, "it holds no best weights and tells of a best validation.")]
    public void Read_DescriptionThatContradictsItself_SaysHow(string state, string curve, bool hasBest, string message)
    {
        byte[] json = Encoding.UTF8.GetBytes($$"""{"Run":{},"State":{{state}},"Curve":[{{curve}}],"HasBest":{{(hasBest ? "true" : "false")}}}""");
        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);

        Assert.AreEqual($"'c.dtic' contradicts itself: {message}", Failure(Hashed([.. "DticCkp1"u8, .. length, .. json])));
    }

    [TestMethod]
    public void Read_OtherFormatVersion_IsAMismatchAndNoDamage()
    {
        byte[] body = Small[..^32];
        body[7] = (byte)'2';

        Assert.AreEqual(
            "'c.dtic' is of checkpoint format 2; this version of Dtic goes on from format 1.",
            Assert.ThrowsExactly<CheckpointMismatchException>(() => Read(Hashed(body))).Message);
    }

    [TestMethod]
    public void Read_OtherTensors_Throws()
    {
        Assert.AreEqual("'c.dtic': tensor 'a' has shape [1], expected [2].", Failure(Write([new StoredTensor("a", [1], () => [1f])])));
        Assert.AreEqual("'c.dtic' lacks the tensor 'a'.", Failure(Write([])));
        Assert.AreEqual("'c.dtic': tensor 'a' holds a value that is not a finite number.", Failure(Write([new StoredTensor("a", [2], () => [1f, float.NaN])])));
    }

    private static byte[] Write(IReadOnlyList<StoredTensor> tensors)
    {
        using var stream = new MemoryStream();
        CheckpointFile.Write(stream, Content, tensors);
        return stream.ToArray();
    }

    private static byte[] Hashed(byte[] body) => [.. body, .. SHA256.HashData(body)];

    private static (CheckpointContent Content, Dictionary<string, float[]> Tensors) Read(byte[] file) =>
        CheckpointFile.Read(new MemoryStream(file), "c.dtic", _ => { }, _ => new Dictionary<string, long[]> { ["a"] = [2] });

    private static string Failure(byte[] file) => Assert.ThrowsExactly<ModelFormatException>(() => Read(file)).Message;
}
