using System.Globalization;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms;
using Microsoft.ML;

namespace Dtic.MLNet.Tests;

/// <summary>Data as the world brings them, through the public API: fit, score, save, load and score again; scores are finite and the same.</summary>
[TestClass]
public sealed class OddDataTests
{
    private static readonly string Megabyte = string.Join(' ', Enumerable.Range(0, 150_000).Select(i => $"w{i % 1000:x}"));

    [TestMethod]
    public void FitAndScore_HalfCharactersEverywhere_GivesFiniteScores() => FitAndScore(Rows((row, i) =>
        (row.User, row.Title, row.Genres) = ($"u{i % 3}\ud800", $"\udc00 night \ud83c{(i % 2 == 0 ? "\ud83c" : "\udf0d")}", "\ud800|a|\udfff")));

    [TestMethod]
    public void FitAndScore_TitleOfAMegabyte_GivesFiniteScores() => FitAndScore(Rows((row, i) => row.Title = i == 20 ? Megabyte : "short"));

    [TestMethod]
    public void FitAndScore_OneWordOfAMegabyte_GivesFiniteScores() => FitAndScore(Rows((row, i) => row.Title = i == 5 ? new string('a', 1 << 20) : "short"));

    [TestMethod]
    public void FitAndScore_TenThousandCategoriesInACell_GivesFiniteScores() =>
        FitAndScore(Rows((row, i) => row.Genres = i % 10 == 0 ? string.Join('|', Enumerable.Range(0, 10_000)) : "a"));

    [TestMethod]
    public void FitAndScore_EmptyEverything_GivesFiniteScores() => FitAndScore(Rows((row, _) =>
        (row.User, row.Title, row.Genres, row.Price, row.Weight, row.Age) = ("", "", "|| |", float.NaN, double.NaN, float.NaN)));

    [TestMethod]
    public void FitAndScore_UsersWithOneRow_GivesFiniteScores() => FitAndScore(Rows((row, i) => row.User = $"u{i}"));

    [TestMethod]
    public void FitAndScore_OneMomentForAll_GivesFiniteScores() => FitAndScore(Rows((row, _) => row.Time = new DateTime(2020, 1, 1)));

    [TestMethod]
    public void FitAndScore_TimesAtBothEndsOfTheCalendar_GivesFiniteScores() =>
        FitAndScore(Rows((row, i) => row.Time = i % 3 == 0 ? DateTime.MinValue : i % 3 == 1 ? DateTime.MaxValue : new DateTime(2020, 1, 1)), options => options.OutcomeDelay = TimeSpan.MaxValue);

    [TestMethod]
    public void FitAndScore_NumbersAtTheirLimits_GivesFiniteScores()
    {
        float[] prices = [float.NaN, float.PositiveInfinity, float.NegativeInfinity, float.MaxValue, float.MinValue, float.Epsilon, -0f, 1];
        double[] weights = [double.NaN, double.NegativeInfinity, double.MaxValue, double.Epsilon, double.MinValue, 5];
        FitAndScore(Rows((row, i) => (row.Price, row.Weight, row.Age) = (prices[i % 8], weights[i % 6], prices[i % 7])));
    }

    [TestMethod]
    public void FitAndScore_LabelsMostlyMissing_GivesFiniteScores() => FitAndScore(Rows((row, i) => row.Label = i % 30 < 2 ? i % 2 : float.NaN));

    [TestMethod]
    public void FitAndScore_HistoryOfAHundredThousand_GivesFiniteScores() => FitAndScore(Rows((_, _) => { }, count: 100_000, users: 1), options =>
    {
        (options.CategoricalColumnNames, options.TextColumnNames, options.NumericColumnNames, options.UserColumnNames, options.TargetsPerPrompt) = (["Genres"], [], [], [], 0);
        options.TargetColumnName = "IsTarget";
    });

    [TestMethod]
    [DataRow(long.MinValue, long.MaxValue)]
    [DataRow(-5L, 0L)]
    public void FitAndScore_NumericTimesAtTheirLimits_GivesFiniteScores(long first, long last)
    {
        var rows = Enumerable.Range(0, 60).Select(i => new Counted { User = i % 3, Time = i % 2 == 0 ? first : last, Item = $"i{i % 5}", Label = i % 4 < 2 }).ToArray();
        var context = new MLContext(seed: 1);
        var options = new PromptPackingEstimator.Options { UserColumnName = "User", TimeColumnName = "Time", CategoricalColumnNames = ["Item"], OutcomeDelayUnits = 1e300 };

        AssertSound(context, context.Transforms.PackPrompts(options), context.Data.LoadFromEnumerable(rows), rows.Length);
    }

    [TestMethod]
    [DataRow("ü 月 🎬")]
    [DataRow("a.b/c\\d:\"e'")]
    [DataRow("\t\n\0")]
    [DataRow("../../x")]
    public void FitAndScore_ColumnNamesOfAnyCharacters_GivesFiniteScores(string name)
    {
        var context = new MLContext(seed: 1);
        var view = context.Transforms.CopyColumns(name, nameof(Odd.Genres)).Fit(context.Data.LoadFromEnumerable(Rows((_, _) => { }))).Transform(context.Data.LoadFromEnumerable(Rows((_, _) => { })));
        var options = new PromptPackingEstimator.Options { UserColumnName = "User", TimeColumnName = "Time", CategoricalColumnNames = [name], Separators = { [name] = '|' } };

        AssertSound(context, context.Transforms.PackPrompts(options), view, 60);
    }

    [TestMethod]
    public void Predict_RequestAsOddAsItsHistory_GivesFiniteScores()
    {
        using var engine = new MLContext().Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(ClickPipeline.Model(ContextAttention.Isolated));
        DateTime[] times = [DateTime.MinValue, new(2020, 1, 1), DateTime.MaxValue];
        ClickRequest[] requests =
        [
            new(),
            new() { Title = "\ud800", Genres = "\udc00", MovieId = int.MinValue, Timestamp = DateTime.MaxValue },
            new() { Title = Megabyte, Timestamp = DateTime.MaxValue, HistoryTimestamp = times, HistoryTitle = ["\ud800", "", Megabyte], HistoryMovieId = [0, -1, int.MaxValue], HistoryGenres = ["", "\0", "a"], HistoryLabel = [true, false, true] },
            new() { Title = null!, Genres = null!, HistoryTimestamp = null!, HistoryTitle = null!, HistoryMovieId = null!, HistoryGenres = null!, HistoryLabel = null! },
        ];
        foreach (var request in requests)
        {
            var prediction = engine.Predict(request);
            Assert.IsTrue(float.IsFinite(prediction.Score) && prediction.Probability is > 0 and < 1);
        }
    }

    [TestMethod]
    public void FitAndScore_ForeignCulture_ChangesNoScore()
    {
        float[] expected = Scores(), found;
        var culture = CultureInfo.CurrentCulture;
        // The invariant mode of the tests has no Turkish casing: its separators and signs are what numbers meet.
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NumberGroupSeparator = ".", NegativeSign = "~", PercentDecimalSeparator = "," } };
        try
        {
            found = Scores();
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }

        CollectionAssert.AreEqual(expected, found);

        static float[] Scores()
        {
            var context = new MLContext(seed: 1);
            var view = context.Data.LoadFromEnumerable(Rows((row, i) => row.Title = "IIII ıi İ"));
            return Scorers.Read<float>(Pack(context).Append(context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options())).Fit(view).Transform(view), "Score");
        }
    }

    private static void FitAndScore(Odd[] rows, Action<PromptPackingEstimator.Options>? change = null)
    {
        var context = new MLContext(seed: 1);
        AssertSound(context, Pack(context, change), context.Data.LoadFromEnumerable(rows), rows.Count(row => row.IsTarget));
    }

    private static void AssertSound(MLContext context, PromptPackingEstimator packing, IDataView view, int targets)
    {
        var report = DticDiagnostics.Check(packing, new DticTrainer(context, ClickPipeline.Options()), view);
        Assert.IsFalse(report.Findings.Any(finding => finding.Code is "data.unreadable" or "cost.unknown"), report.ToString());

        var model = packing.Append(context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options())).Fit(view);

        float[] scores = Scorers.Read<float>(model.Transform(view), "Score"), probabilities = Scorers.Read<float>(model.Transform(view), "Probability");
        Assert.AreEqual(targets, scores.Length);
        Assert.IsTrue(scores.All(float.IsFinite) && probabilities.All(probability => probability is > 0 and < 1));
        using var zip = new MemoryStream();
        context.Model.Save(model, view.Schema, zip);
        zip.Position = 0;
        CollectionAssert.AreEqual(scores, Scorers.Read<float>(context.Model.Load(zip, out _).Transform(view), "Score"));
        model.Dispose();
    }

    private static PromptPackingEstimator Pack(MLContext context, Action<PromptPackingEstimator.Options>? change = null)
    {
        var options = new PromptPackingEstimator.Options
        {
            UserColumnName = "User",
            TimeColumnName = "Time",
            TextColumnNames = ["Title"],
            CategoricalColumnNames = ["Genres"],
            NumericColumnNames = ["Price", "Weight"],
            UserColumnNames = ["Age"],
            Separators = { ["Genres"] = '|' },
            ContextLength = 5,
            TargetsPerPrompt = 4,
            MaximumTokensPerInteraction = 12,
            TextVocabularySize = 400,
        };
        change?.Invoke(options);
        return context.Transforms.PackPrompts(options);
    }

    /// <summary>Rows of three users in turn, spoiled one by one. Of many rows only the last sixty are targets.</summary>
    private static Odd[] Rows(Action<Odd, int> spoil, int count = 60, int users = 3)
    {
        var rows = new Odd[count];
        for (int i = 0; i < count; i++)
        {
            rows[i] = new Odd
            {
                User = $"u{i % users}",
                Time = new DateTime(2020, 1, 1).AddMinutes(i),
                Title = $"movie {i % 7}",
                Genres = i % 2 == 0 ? "a|b" : "b",
                Price = i,
                Weight = i * 0.5,
                Age = 30 + (i % 3),
                Label = i % 5 < 2 ? 1 : 0,
                IsTarget = i >= count - 60,
            };
            spoil(rows[i], i);
        }
        return rows;
    }

    private sealed class Odd
    {
        public string User { get; set; } = "";

        public DateTime Time { get; set; }

        public string Title { get; set; } = "";

        public string Genres { get; set; } = "";

        public float Price { get; set; }

        public double Weight { get; set; }

        public float Age { get; set; }

        public float Label { get; set; }

        public bool IsTarget { get; set; }
    }

    private sealed class Counted
    {
        public long User { get; set; }

        public long Time { get; set; }

        public string Item { get; set; } = "";

        public bool Label { get; set; }
    }
}
