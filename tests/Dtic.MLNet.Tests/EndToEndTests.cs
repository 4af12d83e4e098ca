using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>What a user does, from interactions to a served probability.</summary>
[TestClass]
public sealed class EndToEndTests
{
    [TestMethod]
    public void ReadmeSample_Code_IsThatOfReadme()
    {
        string[] readme = Between(Lines("README.md").SkipWhile(line => line != "## Use it"), "```csharp", "```");
        string[] compiled = Between(Lines("ReadmeSample.cs"), "// README begins", "// README ends");

        Assert.IsNotEmpty(compiled);
        CollectionAssert.AreEqual(readme.Where(line => line != "using Microsoft.ML;").ToArray(), compiled);
    }

    [TestMethod]
    public void ReadmeSample_SmallData_EvaluatesSavesAndServes()
    {
        var clicks = Clicks.Of(users: 6);
        using var folder = new TemporaryFolder();
        string before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = folder.Path;

            var (metrics, scored, engine) = ReadmeSample.Run(clicks.View());

            using (engine)
            {
                Assert.IsTrue(metrics.AreaUnderRocCurve is > 0 and <= 1 && double.IsFinite(metrics.LogLoss) && double.IsFinite(metrics.F1Score));
                CollectionAssert.AreEqual(new[] { "clicks.zip" }, folder.Names);
                AssertServed(clicks, scored, engine);
            }
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

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
        float[] scores = AssertServed(ClickPipeline.All, scored, engine);
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
        var newest = Copy(whole);
        newest.HistoryTimestamp = whole.HistoryTimestamp[^ClickPipeline.ContextLength..];
        newest.HistoryTitle = whole.HistoryTitle[^ClickPipeline.ContextLength..];
        newest.HistoryMovieId = whole.HistoryMovieId[^ClickPipeline.ContextLength..];
        newest.HistoryGenres = whole.HistoryGenres[^ClickPipeline.ContextLength..];
        newest.HistoryLabel = whole.HistoryLabel[^ClickPipeline.ContextLength..];
        var otherOutcome = Copy(newest);
        otherOutcome.HistoryLabel = [!newest.HistoryLabel[0], .. newest.HistoryLabel[1..]];

        float score = engine.Predict(whole).Score;

        Assert.IsGreaterThan(ClickPipeline.ContextLength, whole.HistoryLabel.Length);
        Assert.AreEqual(score, engine.Predict(newest).Score, 1e-6f);
        Assert.AreNotEqual(score, engine.Predict(otherOutcome).Score);
        Assert.IsTrue(float.IsFinite(engine.Predict(new ClickRequest { Title = "unheard of", MovieId = -1, Genres = "Opera" }).Score));
    }

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
        AssertServed(ClickPipeline.All, scored, engine);
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
        Closeness.AssertClose(expected, [.. rows.Select(row => engine.Predict(RawClickRequest.Of(ClickPipeline.All.RequestFor(ClickPipeline.All[row]))).Score)], 1e-5);
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
        AssertServed(ClickPipeline.All, loaded.Transform(ClickPipeline.All.View()), engine);
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

    /// <summary>A request for each scored row gives the row's score, probability and label.</summary>
    private static float[] AssertServed(Click[] clicks, IDataView scored, PredictionEngine<ClickRequest, ClickPrediction> engine)
    {
        long[] rows = Scorers.Read<long>(scored, "Row");
        float[] scores = Scorers.Read<float>(scored, "Score"), probabilities = Scorers.Read<float>(scored, "Probability");
        bool[] labels = Scorers.Read<bool>(scored, "PredictedLabel");
        Assert.IsGreaterThan(10, rows.Length);
        Assert.IsNotEmpty(rows.Where(row => clicks.HistoryOf(clicks[row]).LastOrDefault()?.Timestamp == clicks[row].Timestamp), "No ties of time.");
        ClickPrediction[] served = [.. rows.Select(row => engine.Predict(clicks.RequestFor(clicks[row])))];
        Closeness.AssertClose(scores, [.. served.Select(prediction => prediction.Score)], 1e-5);
        Closeness.AssertClose(probabilities, [.. served.Select(prediction => prediction.Probability)], 1e-5);
        CollectionAssert.AreEqual(labels, served.Select(prediction => prediction.PredictedLabel).ToArray());
        return scores;
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

    private static ClickRequest Copy(ClickRequest request) => new()
    {
        Timestamp = request.Timestamp,
        Title = request.Title,
        MovieId = request.MovieId,
        Genres = request.Genres,
        HistoryTimestamp = request.HistoryTimestamp,
        HistoryTitle = request.HistoryTitle,
        HistoryMovieId = request.HistoryMovieId,
        HistoryGenres = request.HistoryGenres,
        HistoryLabel = request.HistoryLabel,
    };

    private static string[] Lines(string resource)
    {
        using var reader = new StreamReader(typeof(EndToEndTests).Assembly.GetManifestResourceStream(resource)!);
        return [.. reader.ReadToEnd().Split('\n').Select(line => line.Trim()).Where(line => line != "")];
    }

    private static string[] Between(IEnumerable<string> lines, string begin, string end) =>
        [.. lines.SkipWhile(line => line != begin).Skip(1).TakeWhile(line => line != end)];

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
    internal sealed class RawClickRequest
    {
        public DateTime Timestamp { get; set; }

        public string Title { get; set; } = "";

        public int RawMovieId { get; set; }

        public string Genres { get; set; } = "";

        public DateTime[] HistoryTimestamp { get; set; } = [];

        public string[] HistoryTitle { get; set; } = [];

        public int[] HistoryMovieId { get; set; } = [];

        public string[] HistoryGenres { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];

        public static RawClickRequest Of(ClickRequest request) => new()
        {
            Timestamp = request.Timestamp,
            Title = request.Title,
            RawMovieId = request.MovieId,
            Genres = request.Genres,
            HistoryTimestamp = request.HistoryTimestamp,
            HistoryTitle = request.HistoryTitle,
            HistoryMovieId = request.HistoryMovieId,
            HistoryGenres = request.HistoryGenres,
            HistoryLabel = request.HistoryLabel,
        };
    }
}
