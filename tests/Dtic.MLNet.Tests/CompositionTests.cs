using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>The click model together with other parts of ML.NET.</summary>
[TestClass]
public sealed class CompositionTests
{
    [TestMethod]
    public void CrossValidate_ByUser_ScoresEveryRowOnceAndByOtherUsers()
    {
        var context = new MLContext(seed: 1);
        var data = Clicks.Of(users: 12).View();

        var folds = context.BinaryClassification.CrossValidate(data, ClickPipeline.Create(context), numberOfFolds: 3, samplingKeyColumnName: "UserId");

        CollectionAssert.AreEqual(
            Scorers.Read<long>(data, "Row").Order().ToArray(), folds.SelectMany(fold => Scorers.Read<long>(fold.ScoredHoldOutSet, "Row")).Order().ToArray());
        string[][] users = [.. folds.Select(fold => fold.ScoredHoldOutSet.GetColumn<string>("UserId").Distinct().ToArray())];
        Assert.HasCount(12, users.SelectMany(fold => fold).Distinct());
        Assert.AreEqual(12, users.Sum(fold => fold.Length));
        foreach (var fold in folds)
        {
            Assert.IsTrue(double.IsFinite(fold.Metrics.LogLoss) && fold.Metrics.AreaUnderRocCurve is > 0 and <= 1);
            Assert.AreEqual(fold.Metrics.AreaUnderRocCurve, context.BinaryClassification.Evaluate(fold.Model.Transform(
                context.Data.FilterByCustomPredicate<Click>(data, click => !users[fold.Fold].Contains(click.UserId)))).AreaUnderRocCurve, 1e-6);
        }
    }

    [TestMethod]
    public void Platt_OverScores_CalibratesSavesAndServes()
    {
        var context = new MLContext(seed: 1);
        var model = ClickPipeline.Create(context).Append(context.BinaryClassification.Calibrators.Platt()).Fit(ClickPipeline.Split.TrainSet);
        var scored = model.Transform(ClickPipeline.Split.TestSet);
        var loaded = SaveAndLoad(model, ClickPipeline.Split.TrainSet.Schema);
        using var engine = context.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(loaded);

        float[] scores = Scorers.Read<float>(scored, "Score"), probabilities = Scorers.Read<float>(scored, "Probability");

        // A line through the logits, by the first and the last score; the rest lies on it.
        var logits = Array.ConvertAll(probabilities, p => Math.Log(p / (1.0 - p)));
        int low = Array.IndexOf(scores, scores.Min()), high = Array.IndexOf(scores, scores.Max());
        double slope = (logits[high] - logits[low]) / (scores[high] - scores[low]);
        Assert.IsGreaterThan(0, slope);
        Assert.AreNotEqual(1, slope, 0.01);
        for (int i = 0; i < scores.Length; i++)
        {
            Assert.AreEqual(logits[low] + (slope * (scores[i] - scores[low])), logits[i], 1e-3);
        }

        Assert.IsTrue(double.IsFinite(context.BinaryClassification.Evaluate(scored).LogLoss));
        Closeness.AssertClose(probabilities, Scorers.Read<float>(loaded.Transform(ClickPipeline.Split.TestSet), "Probability"), 1e-6);
        Serving.AssertServed(ClickPipeline.All, scored, engine);
    }

    [TestMethod]
    public void Fit_AnotherTrainerBehindOurs_LearnsFromItsScore()
    {
        var context = new MLContext(seed: 1);
        var pipeline = ClickPipeline.Create(context).Append(context.Transforms.Concatenate("Features", "Score"))
            .Append(context.BinaryClassification.Trainers.LbfgsLogisticRegression());
        var (train, test) = (ClickPipeline.Split.TrainSet, ClickPipeline.Split.TestSet);

        var model = pipeline.Fit(train);

        double ours = context.BinaryClassification.Evaluate(ClickPipeline.Create(context).Fit(train).Transform(test)).AreaUnderRocCurve;
        var loaded = SaveAndLoad(model, train.Schema).Transform(test);
        Assert.AreEqual(ours, context.BinaryClassification.Evaluate(loaded).AreaUnderRocCurve, 1e-6, "it learns a line through the score: the same order");
        CollectionAssert.AreEqual(Scorers.Read<float>(model.Transform(test), "Score"), Scorers.Read<float>(loaded, "Score"));
    }

    [TestMethod]
    public void Fit_BehindAnotherTransformer_ScoresSavesAndServesRequestsWithItsColumns()
    {
        var context = new MLContext(seed: 1);
        var raw = Raw(context);

        var model = Behind(context, TransformerScope.Everything).Fit(raw);
        var loaded = SaveAndLoad(model, raw.Schema);

        float[] expected = Scorers.Read<float>(model.Transform(raw), "Score");
        Assert.HasCount(ClickPipeline.All.Length, expected);
        CollectionAssert.AreEqual(expected, Scorers.Read<float>(loaded.Transform(raw), "Score"));
        long[] rows = Scorers.Read<long>(loaded.Transform(raw), "Row");
        using var engine = context.Model.CreatePredictionEngine<RawClickRequest, ClickPrediction>(loaded);
        Closeness.AssertClose(expected, [.. rows.Select(row => engine.Predict(ClickPipeline.All.Fill(new RawClickRequest { RawMovieId = ClickPipeline.All[row].MovieId }, ClickPipeline.All[row])).Score)], 1e-5);
    }

    [TestMethod]
    public void Fit_BehindTransformerForTrainingOnly_ServesRequestsWithoutItsColumns()
    {
        // ML.NET's chains leave such a part out of Transform, too; so the data is that behind it.
        var context = new MLContext(seed: 1);
        var raw = Raw(context);

        var model = Behind(context, TransformerScope.TrainTest).Fit(raw);
        var loaded = SaveAndLoad(model, raw.Schema);

        float[] expected = Scorers.Read<float>(model.Transform(ClickPipeline.All.View()), "Score");
        CollectionAssert.AreEqual(expected, Scorers.Read<float>(loaded.Transform(ClickPipeline.All.View()), "Score"));
        using var engine = context.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(loaded.GetModelFor(TransformerScope.Scoring));
        Serving.AssertServed(ClickPipeline.All, loaded.Transform(ClickPipeline.All.View()), engine);
    }

    private static EstimatorChain<DticPredictionTransformer> Behind(MLContext context, TransformerScope scope) => new EstimatorChain<ITransformer>()
        .Append(context.Transforms.CopyColumns("MovieId", "RawMovieId"), scope)
        .Append(ClickPipeline.Pack(context))
        .Append(context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options()));

    private static IDataView Raw(MLContext context) => context.Data.LoadFromEnumerable(ClickPipeline.All.Select(click => new RawClick
    {
        Row = click.Row,
        UserId = click.UserId,
        Timestamp = click.Timestamp,
        Title = click.Title,
        RawMovieId = click.MovieId,
        Genres = click.Genres,
        Label = click.Label,
    }));

    private static TransformerChain<ITransformer> SaveAndLoad(ITransformer model, DataViewSchema schema)
    {
        using var zip = new MemoryStream();
        new MLContext().Model.Save(model, schema, zip);
        zip.Position = 0;
        return (TransformerChain<ITransformer>)new MLContext().Model.Load(zip, out _);
    }

    internal sealed class RawClick
    {
        public long Row { get; set; }

        public string UserId { get; set; } = "";

        public DateTime Timestamp { get; set; }

        public string Title { get; set; } = "";

        public int RawMovieId { get; set; }

        public string Genres { get; set; } = "";

        public bool Label { get; set; }
    }

    internal sealed class RawClickRequest : HistoryRequest
    {
        public int RawMovieId { get; set; }
    }
}
