using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;

namespace Dtic.MLNet.Tests;

/// <summary>What a user does, from interactions to a served probability.</summary>
[TestClass]
public sealed class EndToEndTests
{
    [TestMethod]
    [DataRow(ContextAttention.Windowed, ScoringMode.OneAtATime)]
    [DataRow(ContextAttention.Isolated, ScoringMode.Packed)]
    public void Predict_EveryTestRow_EqualsTheRowThatEvaluateSaw(ContextAttention attention, ScoringMode mode)
    {
        var context = new MLContext();
        var model = ClickPipeline.Model(attention);
        var scored = context.Data.Cache(model.Transform(ClickPipeline.Split.TestSet));
        using var engine = context.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(model);

        Assert.AreEqual(mode, model.LastTransformer.ScoringMode);
        float[] scores = Serving.AssertServed(ClickPipeline.All, scored, engine);
        Assert.IsGreaterThan(0.5f, scores.Max() - scores.Min());
        var metrics = context.BinaryClassification.Evaluate(scored);
        Assert.IsGreaterThan(0.6, metrics.AreaUnderRocCurve);
    }

    [TestMethod]
    public void Predict_HistoryBeyondTheContext_ChangesNothing()
    {
        var model = ClickPipeline.Model(ContextAttention.Windowed);
        using var engine = new MLContext().Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(model);
        var whole = ClickPipeline.All.RequestFor(ClickPipeline.All.MaxBy(click => click.Timestamp)!);
        var newest = whole.Copy();
        newest.HistoryTimestamp = whole.HistoryTimestamp[^ClickPipeline.ContextLength..];
        newest.HistoryTitle = whole.HistoryTitle[^ClickPipeline.ContextLength..];
        newest.HistoryMovieId = whole.HistoryMovieId[^ClickPipeline.ContextLength..];
        newest.HistoryGenres = whole.HistoryGenres[^ClickPipeline.ContextLength..];
        newest.HistoryLabel = whole.HistoryLabel[^ClickPipeline.ContextLength..];
        var otherOutcome = newest.Copy();
        otherOutcome.HistoryLabel = [!newest.HistoryLabel[0], .. newest.HistoryLabel[1..]];

        float score = engine.Predict(whole).Score;

        Assert.IsGreaterThan(ClickPipeline.ContextLength, whole.HistoryLabel.Length);
        Assert.AreEqual(score, engine.Predict(newest).Score, 1e-6f);
        Assert.AreNotEqual(score, engine.Predict(otherOutcome).Score);
        Assert.IsTrue(float.IsFinite(engine.Predict(new ClickRequest { Title = "unheard of", MovieId = -1, Genres = "Opera" }).Score));
    }

    [TestMethod]
    [DataRow(false, DisplayName = "stream")]
    [DataRow(true, DisplayName = "file")]
    public void SaveAndLoad_TrainedModel_ScoresAsBefore(bool toFile)
    {
        var context = new MLContext();
        var model = ClickPipeline.Model(ContextAttention.Windowed);
        using var folder = new TemporaryFolder();
        using Stream zip = toFile ? File.Create(folder["model.zip"]) : new MemoryStream();
        context.Model.Save(model, ClickPipeline.All.View().Schema, zip);
        zip.Position = 0;
        if (toFile)
        {
            zip.Dispose();
        }

        DataViewSchema schema;
        var loaded = toFile ? new MLContext().Model.Load(folder["model.zip"], out schema) : new MLContext().Model.Load(zip, out schema);

        CollectionAssert.AreEqual(ClickPipeline.All.View().Schema.Select(column => column.Name).ToArray(), schema.Select(column => column.Name).ToArray());
        var test = ClickPipeline.Split.TestSet;
        CollectionAssert.AreEqual(Scorers.Read<float>(model.Transform(test), "Score"), Scorers.Read<float>(loaded.Transform(test), "Score"));
    }

    [TestMethod]
    public void Load_CorruptZip_Throws()
    {
        using var zip = new MemoryStream();
        new MLContext().Model.Save(ClickPipeline.Model(ContextAttention.Isolated), null, zip);
        byte[] whole = zip.ToArray();

        foreach (byte[] bytes in new[] { whole[..(whole.Length / 2)], whole[..^1], [], new byte[1000] })
        {
            var exception = Assert.ThrowsExactly<FormatException>(() => new MLContext().Model.Load(new MemoryStream(bytes), out _));
            Assert.AreEqual("Failed to open a zip archive", exception.Message);
        }
    }
}
