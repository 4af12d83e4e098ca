using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>Models that are saved by several at once, while they score, and where there is no room.</summary>
[TestClass]
public sealed class SavingUnderStressTests
{
    private static TransformerChain<DticPredictionTransformer> Model => ClickPipeline.Model(ContextAttention.Isolated);

    [TestMethod]
    public void Save_SameFolderFromManyThreads_LeavesOneWholeModelAndNothingElse()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var model = Model;

        Parallel.For(0, 40, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ => new MLContext().Model.SaveToFolder(model, folder["model"]));

        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
        using var loaded = new MLContext().Model.LoadFromFolder(folder["model"]);
        Assert.AreEqual(model.LastTransformer.Model.VocabularyHash, loaded.LastTransformer.Model.VocabularyHash);
    }

    [TestMethod]
    public void ScoreAndSave_AtTheSameTime_GivesTheScoresOfBefore()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var (model, test) = (Model, ClickPipeline.Split.TestSet);
        float[] expected = Scorers.Read<float>(model.Transform(test), "Score");

        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            if (i % 4 == 0) new MLContext().Model.SaveToFolder(model, folder["model"]);
            if (i % 4 == 1) new MLContext().Model.Save(model, null, folder[$"{i}.zip"]);
            if (i % 4 == 2) model.LastTransformer.Dispose();   // soft: others go on
            CollectionAssert.AreEqual(expected, Scorers.Read<float>(model.Transform(test), "Score"));
        });

        CollectionAssert.AreEqual(expected, Scorers.Read<float>(new MLContext().Model.Load(folder["1.zip"], out _).Transform(test), "Score"));
        CollectionAssert.AreEqual(expected, Scorers.Read<float>(new MLContext().Model.LoadFromFolder(folder["model"]).Transform(test), "Score"));
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1000)]
    [DataRow(8000)]
    public void Save_StreamThatIsFull_ThrowsAndTheModelScoresOn(int room)
    {
        var (model, test) = (Model, ClickPipeline.Split.TestSet);
        float[] expected = Scorers.Read<float>(model.Transform(test), "Score");

        var exception = Assert.Throws<IOException>(() => new MLContext().Model.Save(model, null, new FullDisk(room)));

        Assert.AreEqual("No space left on device", exception.Message);
        CollectionAssert.AreEqual(expected, Scorers.Read<float>(model.Transform(test), "Score"));
    }

    /// <summary>Takes so many bytes and no more.</summary>
    private sealed class FullDisk(int room) : MemoryStream
    {
        public override void Write(byte[] buffer, int offset, int count)
        {
            if (Position + count > room) throw new IOException("No space left on device");
            base.Write(buffer, offset, count);
        }

        public override void Write(ReadOnlySpan<byte> buffer) => Write(buffer.ToArray(), 0, buffer.Length);

        public override void WriteByte(byte value) => Write([value], 0, 1);
    }
}
