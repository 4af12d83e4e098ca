using Dtic.MLNet.Scoring;
using Dtic.MLNet.Tests.Model;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests.Scoring;

/// <summary>Packer and scorer in one pipeline.</summary>
[TestClass]
public sealed class PromptPipelineTests
{
    private const int ContextLength = 3;

    private static readonly MLContext Context = new(seed: 1);
    private static readonly Interaction[] Interactions = Generate(seed: 1);

    [TestMethod]
    [DataRow(ContextAttention.Isolated)]
    [DataRow(ContextAttention.Windowed)]
    public void Predict_EveryInteractionAsARequest_EqualsItsRowOfTransform(ContextAttention attention)
    {
        var pipeline = Pipeline(attention);
        var scored = pipeline.Transform(View());
        float[] batch = Scorers.Read<float>(scored, "Score");
        long[] rows = Scorers.Read<long>(scored, "Row");
        using var engine = Context.Model.CreatePredictionEngine<Request, Prediction>(pipeline);

        float[] single = [.. rows.Select(row => engine.Predict(RequestOf(row)).Score)];

        CollectionAssert.AreEquivalent(Interactions.Select(i => i.Row).ToArray(), rows);
        Closeness.AssertClose(single, batch, 1e-5);
    }

    [TestMethod]
    public void Predict_AfterAnotherEngineDisposedTheModel_ScoresAsBefore()
    {
        var pipeline = Pipeline(ContextAttention.Windowed);
        var request = RequestOf(Interactions.Length - 1);
        using var engine = Context.Model.CreatePredictionEngine<Request, Prediction>(pipeline);
        float expected = engine.Predict(request).Score;

        Context.Model.CreatePredictionEngine<Request, Prediction>(pipeline).Dispose();

        Assert.AreEqual(expected, engine.Predict(request).Score);
    }

    [TestMethod]
    public void Load_SavedPipeline_ScoresAndEvaluatesAsBefore()
    {
        var pipeline = Pipeline(ContextAttention.Isolated);
        using var zip = new MemoryStream();
        Context.Model.Save(pipeline, View().Schema, zip);
        zip.Position = 0;

        var loaded = new MLContext().Model.Load(zip, out _);

        Closeness.AssertClose(Scorers.Read<float>(pipeline.Transform(View()), "Score"), Scorers.Read<float>(loaded.Transform(View()), "Score"), 1e-6);
        var before = Context.BinaryClassification.Evaluate(pipeline.Transform(View()));
        var after = new MLContext().BinaryClassification.Evaluate(loaded.Transform(View()));
        Assert.AreEqual(before.AreaUnderRocCurve, after.AreaUnderRocCurve, 1e-9);
        Assert.AreEqual(before.LogLoss, after.LogLoss, 1e-6);
    }

    [TestMethod]
    public void Transform_PromptsOfAnotherFit_IsRefused()
    {
        var other = Pack().Fit(Context.Data.LoadFromEnumerable(Generate(seed: 2)));

        var exception = Assert.ThrowsExactly<ArgumentException>(() => Scorer(ContextAttention.Isolated).Transform(other.Transform(View())));

        Assert.StartsWith($"Column 'Prompt' holds prompts of vocabulary {other.VocabularyHash[..12]}, but the model was trained on vocabulary ", exception.Message);
    }

    [TestMethod]
    public void Transform_SourceColumns_ComeBackInTheirTypesAndRows()
    {
        var scored = Pipeline(ContextAttention.Isolated).Transform(View());
        var source = View().Schema;

        foreach (var column in source)
        {
            Assert.AreEqual(column.Type, scored.Schema[column.Name].Type, column.Name);
        }

        var byRow = Interactions.ToDictionary(i => i.Row);
        foreach (var row in Context.Data.CreateEnumerable<Interaction>(scored, reuseRowObject: false))
        {
            var expected = byRow[row.Row];
            Assert.AreEqual((expected.UserId, expected.Timestamp, expected.Title, expected.Movie, expected.Label), (row.UserId, row.Timestamp, row.Title, row.Movie, row.Label));
            CollectionAssert.AreEqual(expected.Vector, row.Vector);
        }
    }

    private static IDataView View() => Context.Data.LoadFromEnumerable(Interactions);

    private static PromptPackingEstimator Pack() => Context.Transforms.PackPrompts(
        "Prompt", "UserId", "Timestamp", "Label", textColumnNames: ["Title"], categoricalColumnNames: ["Movie"], contextLength: ContextLength, targetsPerPrompt: 4);

    private static TransformerChain<ITransformer> Pipeline(ContextAttention attention) => new(Pack().Fit(View()), Scorer(attention));

    private static DticPredictionTransformer Scorer(ContextAttention attention)
    {
        var packer = Pack().Fit(View());
        var configuration = TestModels.Configuration(ContextLength, attention) with { VocabularySize = packer.VocabularySize, VocabularyHash = packer.VocabularyHash };
        return new DticPredictionTransformer(
            Context, Devices.Of(Context), TestModels.Weights(configuration), new ScorerSettings("Label", "Prompt", null), maximumTokensPerPass: 300, numberOfThreads: 2);
    }

    private static Interaction[] Generate(int seed)
    {
        var random = new Random(seed);
        string[] titles = ["red river", "blue moon", "night train", "river of night", "moon"];
        return [.. Enumerable.Range(0, 120).Select(row => new Interaction
        {
            Row = row,
            UserId = $"user{random.Next(7)}",
            Timestamp = random.Next(40),   // several rows of one moment
            Title = $"{titles[random.Next(5)]} {titles[random.Next(5)]}",
            Movie = random.Next(12) + (100 * seed),
            Label = random.Next(2) == 0,
            Vector = [random.NextSingle(), random.NextSingle(), random.NextSingle()],
        })];
    }

    /// <summary>The interaction as a service would ask for it: its history is what stood before it then.</summary>
    private static Request RequestOf(long row)
    {
        var target = Interactions[row];
        Interaction[] history = [.. Interactions.Where(i => i.UserId == target.UserId && (i.Timestamp, i.Row).CompareTo((target.Timestamp, target.Row)) < 0)
            .OrderBy(i => i.Timestamp).ThenBy(i => i.Row)];
        return new Request
        {
            Title = target.Title,
            Movie = target.Movie,
            Timestamp = target.Timestamp,
            HistoryTitle = [.. history.Select(i => i.Title)],
            HistoryMovie = [.. history.Select(i => i.Movie)],
            HistoryTimestamp = [.. history.Select(i => i.Timestamp)],
            HistoryLabel = [.. history.Select(i => i.Label)],
        };
    }

    internal sealed class Interaction
    {
        public long Row { get; set; }

        public string UserId { get; set; } = "";

        public long Timestamp { get; set; }

        public string Title { get; set; } = "";

        public int Movie { get; set; }

        public bool Label { get; set; }

        [VectorType(1, 3)]
        public float[] Vector { get; set; } = [];
    }

    internal sealed class Request
    {
        public string Title { get; set; } = "";

        public int Movie { get; set; }

        public long Timestamp { get; set; }

        public string[] HistoryTitle { get; set; } = [];

        public int[] HistoryMovie { get; set; } = [];

        public long[] HistoryTimestamp { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    internal sealed class Prediction
    {
        public float Score { get; set; }
    }
}
