using System.Globalization;
using System.Xml.Linq;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class ScoreExplanationTests
{
    private static readonly Click Target = ClickPipeline.All.MaxBy(click => click.Timestamp)!;

    [TestMethod]
    [DataRow(ContextAttention.Isolated, true)]
    [DataRow(ContextAttention.Isolated, false)]
    [DataRow(ContextAttention.Windowed, true)]
    public void Explain_EachInteraction_IsWhatTheEngineAnswersWithoutIt(ContextAttention attention, bool withTimes)
    {
        var model = ClickPipeline.Model(attention);
        using var engines = new Engines(model);
        var request = Newest(Request(), ClickPipeline.ContextLength);
        request.HistoryTimestamp[^1] = request.Timestamp;   // its outcome is not known yet where times are given

        var explanation = withTimes ? DticDiagnostics.Explain(model, request) : DticDiagnostics.Explain(model, Untimed.Of(request));

        Assert.AreEqual(engines.Score(request, withTimes), explanation.Score, 1e-5);
        Assert.AreEqual(engines.Score(Newest(request, 0), withTimes), explanation.EmptyHistoryScore, 1e-5);
        Assert.HasCount(ClickPipeline.ContextLength, explanation.Interactions);
        foreach (var interaction in explanation.Interactions)
        {
            var without = Keep(request, i => i != interaction.Index);
            Assert.AreEqual(engines.Score(without, withTimes), interaction.ScoreWithout, 1e-5);
            Assert.AreEqual(explanation.Score - interaction.ScoreWithout, interaction.Effect, 1e-12);
            Assert.AreEqual(request.HistoryLabel[interaction.Index], interaction.Label);
            Assert.AreEqual(!withTimes || interaction.Index < ClickPipeline.ContextLength - 1, interaction.IsLabelSeen);
            Assert.AreEqual($"{request.HistoryTitle[interaction.Index]}, {request.HistoryMovieId[interaction.Index]}, {request.HistoryGenres[interaction.Index]}", interaction.Item);
        }

        Assert.IsGreaterThan(1e-3, explanation.Interactions.Max(interaction => Math.Abs(interaction.Effect)));
        Assert.AreEqual(explanation.Interactions.Sum(interaction => interaction.Effect), explanation.SumOfEffects, 1e-12);
        Assert.AreEqual(explanation.Score - explanation.EmptyHistoryScore, explanation.HistoryEffect, 1e-12);
    }

    [TestMethod]
    public void Explain_CalibratedModel_GivesTheProbabilityThatTheEngineGives()
    {
        var options = ClickPipeline.Options();
        (options.ValidationFraction, options.Calibration) = (0.3, CalibrationMethod.Platt);
        var model = ClickPipeline.Create(new MLContext(seed: 1), options).Fit(ClickPipeline.All.View());
        using var engine = new MLContext().Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(model);

        var explanation = DticDiagnostics.Explain(model, Request());

        Assert.AreEqual(engine.Predict(Request()).Probability, explanation.Probability, 1e-6);
        Assert.AreEqual(engine.Predict(Newest(Request(), 0)).Probability, explanation.EmptyHistoryProbability, 1e-6);
        Assert.AreNotEqual(1 / (1 + Math.Exp(-explanation.Score)), explanation.Probability, 1e-4);
    }

    [TestMethod]
    public void Explain_HistoryBeyondTheContext_ChangesNothing()
    {
        var model = ClickPipeline.Model(ContextAttention.Windowed);
        var whole = Request();
        int beyond = whole.HistoryLabel.Length - ClickPipeline.ContextLength;

        var explanation = DticDiagnostics.Explain(model, whole);
        var newest = DticDiagnostics.Explain(model, Newest(whole, ClickPipeline.ContextLength));
        var others = Request();
        others.HistoryMovieId.AsSpan(0, beyond).Fill(-1);
        others.HistoryLabel.AsSpan(0, beyond).Fill(true);

        Assert.IsGreaterThan(0, beyond);
        Assert.AreEqual(whole.HistoryLabel.Length, explanation.HistoryLength);
        CollectionAssert.AreEqual(newest.Interactions.Select(i => i.Index + beyond).ToArray(), explanation.Interactions.Select(i => i.Index).ToArray());
        CollectionAssert.AreEqual(newest.Interactions.Select(i => (i.Effect, i.Item, i.Tokens)).ToArray(), explanation.Interactions.Select(i => (i.Effect, i.Item, i.Tokens)).ToArray());
        Assert.AreEqual(explanation.ToString(), DticDiagnostics.Explain(model, others).ToString());
    }

    [TestMethod]
    public void Explain_EmptyHistory_HasNoEffect()
    {
        var explanation = DticDiagnostics.Explain(ClickPipeline.Model(ContextAttention.Isolated), Newest(Request(), 0));

        Assert.IsEmpty(explanation.Interactions);
        Assert.AreEqual((explanation.Score, 0d, 0d), (explanation.EmptyHistoryScore, explanation.HistoryEffect, explanation.SumOfEffects));
        Assert.HasCount(2, explanation.ToString().Split('\n'));
        XDocument.Parse(explanation.ToSvg());
    }

    [TestMethod]
    public void Explain_UnheardOfItem_ShowsInItsTokens()
    {
        var request = Newest(Request(), 1);
        request.HistoryMovieId[0] = -1;

        var only = DticDiagnostics.Explain(ClickPipeline.Model(ContextAttention.Isolated), request).Interactions.Single();

        StringAssert.StartsWith(only.Tokens, "MovieId=<unknown> Genres=");
        CollectionAssert.Contains(only.Values.ToArray(), KeyValuePair.Create("MovieId", "-1"));
    }

    [TestMethod]
    public void Explain_Numbers_ShowAsTheRequestHasThem()
    {
        var context = new MLContext(seed: 1);
        var interactions = context.Data.LoadFromEnumerable(Enumerable.Range(0, 20).Select(i => new { UserId = "u", Timestamp = i, Price = (long)i, Share = i / 20f, Rate = i / 20.0, Label = i % 3 == 0 }));
        var model = context.Transforms.PackPrompts(new() { NumericColumnNames = ["Price", "Share", "Rate"] })
            .Append(context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options())).Fit(interactions);
        var request = context.Data.LoadFromEnumerable(
        [
            new
            {
                Price = 1L, Share = 0f, Rate = 0.0,
                HistoryPrice = new[] { 1700000123, 20000000L }, HistoryShare = new[] { 0.1f, float.NaN }, HistoryRate = new[] { 0.123456789, 1234567.125 }, HistoryLabel = new[] { true, false },
            },
        ]);

        CollectionAssert.AreEqual(
            new[] { "1700000123, 0.1, 0.123456789", "20000000, NaN, 1234567.125" }, DticDiagnostics.Explain(model, request).Interactions.Select(interaction => interaction.Item).ToArray());
    }

    [TestMethod]
    public void Explain_WithinAPipelineOrAsView_IsTheSame()
    {
        var context = new MLContext();
        var model = ClickPipeline.Model(ContextAttention.Isolated);
        var platt = context.BinaryClassification.Calibrators.Platt().Fit(model.Transform(ClickPipeline.Split.TestSet));
        var view = context.Data.LoadFromEnumerable([Request()]);
        string expected = DticDiagnostics.Explain(model, Request()).ToString();

        Assert.AreEqual(expected, DticDiagnostics.Explain(model, view).ToString());
        Assert.AreEqual(expected, DticDiagnostics.Explain<IDataView>(model, view).ToString());
        Assert.AreEqual(expected, DticDiagnostics.Explain(new TransformerChain<ITransformer>(model, platt), Request()).ToString());
    }

    [TestMethod]
    public void Explain_NotOneRequest_SaysWhatItIs()
    {
        var model = ClickPipeline.Model(ContextAttention.Isolated);
        var context = new MLContext();

        Assert.AreEqual(
            "The data are no request, which has the candidate's columns and the vectors HistoryMovieId, HistoryGenres, HistoryTitle, HistoryLabel.",
            Assert.ThrowsExactly<ArgumentException>(() => DticDiagnostics.Explain(model, ClickPipeline.Split.TestSet)).Message);
        Assert.AreEqual(
            "An explanation wants one request; the view has several rows. (Parameter 'request')",
            Assert.ThrowsExactly<ArgumentException>(() => DticDiagnostics.Explain(model, context.Data.LoadFromEnumerable([Request(), Request()]))).Message);
        Assert.AreEqual(
            "An explanation wants one request; the view has no row. (Parameter 'request')",
            Assert.ThrowsExactly<ArgumentException>(() => DticDiagnostics.Explain(model, context.Data.LoadFromEnumerable(Array.Empty<ClickRequest>()))).Message);
        Assert.ThrowsExactly<ArgumentException>(() => DticDiagnostics.Explain(model.LastTransformer, Request()));
        Assert.ThrowsExactly<ArgumentNullException>(() => DticDiagnostics.Explain(model, (ClickRequest)null!));
    }

    [TestMethod]
    public void ToStringAndToSvg_CultureWithACommaAndAnotherSign_ReadTheSame()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            // The tests run with invariant globalization, which has no Turkish culture: what it changes in numbers is set by hand.
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };

            Assert.AreEqual(
                """
                Score 0.5000 (probability 0.6250), without history -0.2500 (0.4375)
                   11   +1.5000  no click       Up & <down>
                   12   -0.7500  not yet known  x
                The history adds +0.7500, its interactions one by one +0.7500: such effects need not sum to the whole.
                """,
                Literal("Up & <down>").ToString());
            var svg = XDocument.Parse(Literal("Up & <down>").ToSvg());
            string[] widths = [.. svg.Descendants().Where(e => e.Name.LocalName == "rect" && e.Attribute("class")!.Value != "ground").Select(e => e.Attribute("width")!.Value)];
            CollectionAssert.AreEqual(new[] { "130.0", "65.0" }, widths);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [TestMethod]
    [DataRow("\0\u0001\uFFFF\uFFFD", "\uFFFD\uFFFD\uFFFD\uFFFD")]
    [DataRow("]]><script>&\"'", "]]><script>&\"'")]
    [DataRow("🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬", "🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬🎬…")]
    public void ToSvg_HostileText_IsWellFormed(string item, string shown)
    {
        var texts = XDocument.Parse(Literal(item).ToSvg()).Descendants().Where(e => e.Name.LocalName == "text").Select(e => (string)e.FirstNode!.ToString());

        Assert.Contains(new XText(shown).ToString(), texts);
        XDocument.Parse(Literal(item + "\uD83C").ToSvg());   // half a character
    }

    private static ScoreExplanation Literal(string item) => new()
    {
        Score = 0.5,
        Probability = 0.625,
        EmptyHistoryScore = -0.25,
        EmptyHistoryProbability = 0.4375,
        HistoryLength = 13,
        Interactions = [Effect(11, false, true, item, 1.5), Effect(12, true, false, "x", -0.75)],
    };

    private static InteractionEffect Effect(int index, bool label, bool seen, string item, double effect) => new()
    {
        Index = index,
        Label = label,
        IsLabelSeen = seen,
        Values = [KeyValuePair.Create("Title", item)],
        Tokens = "",
        ScoreWithout = 0.5 - effect,
        Effect = effect,
    };

    private static ClickRequest Request() => ClickPipeline.All.RequestFor(Target);

    private static ClickRequest Newest(ClickRequest request, int count) => Keep(request, i => i >= request.HistoryLabel.Length - count);

    private static ClickRequest Keep(ClickRequest request, Func<int, bool> keep)
    {
        var kept = request.Copy();
        kept.HistoryTimestamp = Kept(request.HistoryTimestamp);
        kept.HistoryTitle = Kept(request.HistoryTitle);
        kept.HistoryMovieId = Kept(request.HistoryMovieId);
        kept.HistoryGenres = Kept(request.HistoryGenres);
        kept.HistoryLabel = Kept(request.HistoryLabel);
        return kept;

        T[] Kept<T>(T[] values) => [.. values.Where((_, i) => keep(i))];
    }

    private sealed class Engines(ITransformer model) : IDisposable
    {
        private readonly PredictionEngine<ClickRequest, ClickPrediction> _timed = new MLContext().Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(model);
        private readonly PredictionEngine<Untimed, ClickPrediction> _untimed = new MLContext().Model.CreatePredictionEngine<Untimed, ClickPrediction>(model);

        public float Score(ClickRequest request, bool withTimes) => (withTimes ? _timed.Predict(request) : _untimed.Predict(Untimed.Of(request))).Score;

        public void Dispose()
        {
            _timed.Dispose();
            _untimed.Dispose();
        }
    }

    /// <summary>A request without times, where order decides what is known.</summary>
    private sealed class Untimed
    {
        public int MovieId { get; set; }

        public string Title { get; set; } = "";

        public string Genres { get; set; } = "";

        public string[] HistoryTitle { get; set; } = [];

        public int[] HistoryMovieId { get; set; } = [];

        public string[] HistoryGenres { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];

        public static Untimed Of(ClickRequest request) => new()
        {
            MovieId = request.MovieId,
            Title = request.Title,
            Genres = request.Genres,
            HistoryTitle = request.HistoryTitle,
            HistoryMovieId = request.HistoryMovieId,
            HistoryGenres = request.HistoryGenres,
            HistoryLabel = request.HistoryLabel,
        };
    }
}
