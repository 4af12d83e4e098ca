using System.Globalization;
using Dtic.Benchmarks.Measures;
using Dtic.MLNet.Evaluation;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests.Evaluation;

[TestClass]
public sealed class ClickMetricsTests
{
    private static readonly MLContext Context = new(seed: 1);

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void EvaluateClicks_RandomRows_EqualsNaiveDefinitions(int seed)
    {
        var rows = ScoredClick.Random(seed, 300);
        var metrics = Evaluate(rows, new() { UserColumnName = "User", RankingDepths = [1, 3, 1000] });

        Assert.AreEqual(NaiveMetrics.Auc(rows), metrics.AreaUnderRocCurve, 1e-12);
        Assert.AreEqual(NaiveMetrics.LogLoss(rows), metrics.LogLoss, 1e-6);
        Assert.AreEqual(NaiveMetrics.NormalizedEntropy(rows), metrics.NormalizedEntropy, 1e-6);
        Assert.AreEqual(NaiveMetrics.Brier(rows), metrics.BrierScore, 1e-12);
        double calibrationError = metrics.ExpectedCalibrationError;   // its own name would look like the expectation
        Assert.AreEqual(NaiveMetrics.CalibrationError(rows, 10), calibrationError, 1e-9);
        Assert.AreEqual(rows.Average(r => (double)r.Probability), metrics.MeanProbability, 1e-9);
        Assert.AreEqual(NaiveMetrics.GroupedAuc(rows), metrics.Users!.GroupedAreaUnderRocCurve, 1e-12);
        foreach (var ndcg in metrics.Users.Ndcg) Assert.AreEqual(NaiveMetrics.Ndcg(rows, ndcg.Depth, shuffles: 1000), ndcg.Value, 0.004, $"at {ndcg.Depth}");
    }

    [TestMethod]
    public void EvaluateClicks_NoUsers_HasDeLongsInterval()
    {
        var rows = ScoredClick.Random(5, 200);
        var metrics = Evaluate(rows);
        double reach = 1.959964 * Math.Sqrt(NaiveMetrics.DeLongVariance(rows));

        Assert.AreEqual(metrics.AreaUnderRocCurve - reach, metrics.AreaUnderRocCurveInterval.Low, 1e-6);
        Assert.AreEqual(metrics.AreaUnderRocCurve + reach, metrics.AreaUnderRocCurveInterval.High, 1e-6);
        Assert.IsNull(metrics.Users);
    }

    [TestMethod]
    public void EvaluateClicks_OneRowPerUser_HasTheIntervalOfIndependentRows()
    {
        ScoredClick[] rows = [.. ScoredClick.Random(6, 200).Select((row, i) => row with { User = FormattableString.Invariant($"{i}") })];
        var (alone, byUser) = (Evaluate(rows), Evaluate(rows, new() { UserColumnName = "User" }));

        Assert.AreEqual(alone.AreaUnderRocCurveInterval.Low, byUser.AreaUnderRocCurveInterval.Low, 1e-12);
        Assert.AreEqual(alone.LogLossInterval.High, byUser.LogLossInterval.High, 1e-12);
    }

    [TestMethod]
    public void EvaluateClicks_RowsOfUsersAlike_HasTheIntervalOfABootstrapOverUsers()
    {
        // Every row stands there five times, which tells nothing new.
        ScoredClick[] rows = [.. ScoredClick.Random(8, 400, users: 200).SelectMany(row => Enumerable.Repeat(row, 5))];
        var interval = Evaluate(rows, new() { UserColumnName = "User" }).AreaUnderRocCurveInterval;
        var users = rows.Select(r => r.User).Distinct().Select((user, i) => (user, i)).ToDictionary(u => u.user, u => u.i);
        int[] numbers = [.. rows.Select(r => users[r.User])];
        bool[] labels = [.. rows.Select(r => r.Label == 1)];
        var ours = new RankAuc(numbers, labels, [.. rows.Select(r => r.Score)]);
        var chance = new RankAuc(numbers, labels, new float[rows.Length]);
        var (low, high) = UserBootstrap.Difference([ours], [chance], users.Count, 2000, 1);
        var independent = Evaluate(rows).AreaUnderRocCurveInterval;

        Assert.AreEqual(high - low, interval.High - interval.Low, 0.1 * (high - low));
        Assert.IsGreaterThan(1.8, (interval.High - interval.Low) / (independent.High - independent.Low));
    }

    [TestMethod]
    public void EvaluateClicks_SameRows_EqualsMLNet()
    {
        var rows = ScoredClick.Random(4, 500);
        var view = Context.Data.LoadFromEnumerable(rows.Select(r => new { Label = r.Label == 1, r.Score, r.Probability, PredictedLabel = r.Score > 0 }));
        var (expected, actual) = (Context.BinaryClassification.Evaluate(view), Context.BinaryClassification.EvaluateClicks(view));

        Assert.AreEqual(expected.AreaUnderRocCurve, actual.AreaUnderRocCurve, 1e-9);
        Assert.AreEqual(expected.LogLoss, actual.LogLoss, 1e-6);
        Assert.AreEqual(expected.F1Score, actual.F1Score, 1e-9);
        Assert.AreEqual(expected.Accuracy, actual.Accuracy, 1e-9);
        Assert.AreEqual(expected.PositivePrecision, actual.PositivePrecision, 1e-9);
        Assert.AreEqual(expected.PositiveRecall, actual.PositiveRecall, 1e-9);
        Assert.AreEqual(1 - expected.LogLossReduction, actual.NormalizedEntropy, 1e-5);
    }

    [TestMethod]
    public void EvaluateClicks_Literal_HasTheFiguresOfPaperAndPencil()
    {
        ScoredClick[] rows =
        [
            ScoredClick.Of(1, 2, "a"), ScoredClick.Of(0, 1, "a"), ScoredClick.Of(1, 0, "a"),
            ScoredClick.Of(0, 1, "b"), ScoredClick.Of(0, -1, "b"), ScoredClick.Of(1, 3, "c"), ScoredClick.Of(float.NaN, 3, "d"),
        ];
        var metrics = Evaluate(rows, new() { UserColumnName = "User", RankingDepths = [2] });

        Assert.AreEqual(6, metrics.NumberOfRows);
        Assert.AreEqual(1, metrics.NumberOfMissingLabels);
        Assert.AreEqual(7 / 9.0, metrics.AreaUnderRocCurve, 1e-12);                    // 3 + 3 + 1 of 9 pairs
        Assert.AreEqual(0.5, metrics.Users!.GroupedAreaUnderRocCurve, 1e-12);          // a: 1 of 2 pairs; b and c have one class
        Assert.AreEqual((3, 1, 1), (metrics.Users.NumberOfUsers, metrics.Users.NumberOfUsersWithBothClasses, metrics.Users.NumberOfUsersWithoutPositives));
        double a = 1 / (1 + (1 / Math.Log2(3)));
        Assert.AreEqual((a + 1) / 2, metrics.Users.Ndcg[0].Value, 1e-12);
        Assert.AreEqual(((2 / 3.0) + 1) / 2, metrics.Users.Ndcg[0].ByChance, 1e-12);
        Assert.AreEqual(2 / 3.0, metrics.Baseline.F1Score, 1e-12);
        Assert.AreEqual(1, metrics.Baseline.LogLoss, 1e-12);
        Assert.AreEqual((1 + 1 + (3 / 5.0)) / 3, metrics.AveragePrecision, 1e-12);
        Assert.IsTrue(double.IsNaN(metrics.Users.GroupedAreaUnderRocCurveInterval.Low));   // of one user nothing can be said
    }

    [TestMethod]
    public void EvaluateClicks_ConstantProbability_EqualsTheBaseline()
    {
        var labels = ScoredClick.Random(2, 400);
        float rate = labels.Average(r => r.Label);
        var metrics = Evaluate([.. labels.Select(r => r with { Score = 0, Probability = rate })], new() { UserColumnName = "User" });

        Assert.AreEqual(0.5, metrics.AreaUnderRocCurve, 1e-12);
        Assert.AreEqual(0.5, metrics.Users!.GroupedAreaUnderRocCurve, 1e-12);
        Assert.AreEqual(1, metrics.NormalizedEntropy, 1e-6);
        Assert.AreEqual(metrics.Baseline.LogLoss, metrics.LogLoss, 1e-6);
        Assert.AreEqual(metrics.Baseline.BrierScore, metrics.BrierScore, 1e-6);
        Assert.AreEqual(0, metrics.ExpectedCalibrationError, 1e-6);
        Assert.AreEqual(metrics.PositiveRate, metrics.AveragePrecision, 1e-12);
        Assert.HasCount(1, metrics.Calibration);
        foreach (var ndcg in metrics.Users.Ndcg) Assert.AreEqual(ndcg.ByChance, ndcg.Value, 1e-12);
    }

    [TestMethod]
    public void EvaluateClicks_ShuffledRows_GivesTheSameText()
    {
        var rows = ScoredClick.Random(9, 300);
        var training = ScoredClick.View(rows.Where(r => r.Item.Length == 2));
        var options = new ClickEvaluationOptions { UserColumnName = "User", HistoryLengthColumnName = "Prompt.HistoryLength", ItemColumnName = "Item", TrainingData = training };
        string expected = Evaluate(rows, options).ToString();
        new Random(1).Shuffle(rows);

        Assert.AreEqual(expected, Evaluate(rows, options).ToString());
    }

    [TestMethod]
    public void Slices_HistoryAndItems_AreTheFiguresOfTheirRowsAlone()
    {
        var rows = ScoredClick.Random(3, 400);
        var training = ScoredClick.View([new() { Item = "i1" }, new() { Item = "i2" }, new() { Item = "i19" }]);
        var metrics = Evaluate(rows, new()
        {
            UserColumnName = "User",
            HistoryLengthColumnName = "Prompt.HistoryLength",
            HistoryLengths = [0, 1, 10, 1000],
            ItemColumnName = "Item",
            TrainingData = training,
        });

        (string, Func<ScoredClick, bool>)[] expected =
        [
            ("History length 0", r => r.HistoryLength == 0), ("History length 1 to 9", r => r.HistoryLength is >= 1 and < 10), ("History length 10 to 999", r => r.HistoryLength >= 10),
            ("Item seen", r => r.Item is "i1" or "i2" or "i19"), ("Item unseen", r => r.Item is not ("i1" or "i2" or "i19")),
        ];
        CollectionAssert.AreEqual(expected.Select(e => e.Item1).ToArray(), metrics.Slices.Select(s => $"{s.Dimension} {s.Name}").ToArray());
        foreach (var (slice, (name, belongs)) in metrics.Slices.Zip(expected))
        {
            ScoredClick[] alone = [.. rows.Where(belongs)];
            var whole = Evaluate(alone, new() { UserColumnName = "User" });
            Assert.AreEqual(alone.Length, slice.Count);
            Assert.AreEqual(NaiveMetrics.Auc(alone), slice.AreaUnderRocCurve, 1e-12, name);
            Assert.AreEqual(whole.AreaUnderRocCurveInterval.High, slice.AreaUnderRocCurveInterval.High, 1e-12, name);
            Assert.AreEqual(NaiveMetrics.NormalizedEntropy(alone), slice.NormalizedEntropy, 1e-6, name);
            double calibrationError = slice.ExpectedCalibrationError;
            Assert.AreEqual(NaiveMetrics.CalibrationError(alone, 10), calibrationError, 1e-9, name);
        }
    }

    [TestMethod]
    public void RocCurve_RandomRows_HasTheAreaAndEveryRow()
    {
        var metrics = Evaluate(ScoredClick.Random(1, 2000));
        var points = metrics.RocCurve;
        double area = points.Skip(1).Zip(points, (b, a) => (b.FalsePositiveRate - a.FalsePositiveRate) * (a.TruePositiveRate + b.TruePositiveRate) / 2).Sum();

        Assert.AreEqual(metrics.AreaUnderRocCurve, area + (points[0].FalsePositiveRate * points[0].TruePositiveRate / 2), 0.002);
        Assert.AreEqual(1, points[^1].FalsePositiveRate);
        Assert.AreEqual(1, points[^1].TruePositiveRate);
        Assert.AreEqual(metrics.PositiveRate, points[^1].Precision, 1e-12);
        Assert.AreEqual(2000, metrics.Histogram.Sum(bin => bin.Positives + bin.Negatives));
        Assert.AreEqual(2000, metrics.Calibration.Sum(bin => bin.Count));
    }

    [TestMethod]
    [DataRow(0f)]
    [DataRow(1f)]
    public void EvaluateClicks_OneClass_SaysNaNWhereBothAreNeeded(float label)
    {
        ScoredClick[] rows = [.. ScoredClick.Random(1, 20).Select(r => r with { Label = label })];
        var metrics = Evaluate(rows, new() { UserColumnName = "User" });

        Assert.IsTrue(double.IsNaN(metrics.AreaUnderRocCurve) && double.IsNaN(metrics.NormalizedEntropy) && double.IsNaN(metrics.AveragePrecision));
        Assert.IsTrue(double.IsNaN(metrics.AreaUnderRocCurveInterval.Low) && double.IsNaN(metrics.Users!.GroupedAreaUnderRocCurve));
        Assert.AreEqual(label == 0, double.IsNaN(metrics.Users.Ndcg[0].Value));
        Assert.IsTrue(double.IsFinite(metrics.LogLoss) && double.IsFinite(metrics.BrierScore) && double.IsFinite(metrics.ExpectedCalibrationError));
        Assert.IsEmpty(metrics.RocCurve);
        Assert.Contains("NaN", metrics.ToString());
    }

    [TestMethod]
    public void EvaluateClicks_OneRow_IsNoError() => Assert.AreEqual(1, Evaluate([ScoredClick.Of(1, 1)], new() { UserColumnName = "User" }).NumberOfRows);

    [TestMethod]
    public void EvaluateClicks_CertainAndWrong_IsInfinite()
    {
        var metrics = Evaluate([ScoredClick.Of(1, float.NegativeInfinity), ScoredClick.Of(0, 0)]);

        Assert.AreEqual(double.PositiveInfinity, metrics.LogLoss);
        Assert.IsTrue(double.IsNaN(metrics.LogLossInterval.High));
    }

    [TestMethod]
    [DataRow(float.NaN, 0.5f, 1f, "Column 'Score' holds NaN in row 1 (counted from 0), expected a number that can be ranked.")]
    [DataRow(0f, 1.5f, 1f, "Column 'Probability' holds 1.5 in row 1 (counted from 0), expected a probability from 0 to 1.")]
    [DataRow(0f, float.NaN, 1f, "Column 'Probability' holds NaN in row 1 (counted from 0), expected a probability from 0 to 1.")]
    [DataRow(0f, 0.5f, 0.25f, "Column 'Label' holds 0.25 in row 1 (counted from 0), expected 0, 1 or NaN (missing).")]
    public void EvaluateClicks_HostileValue_NamesColumnRowAndRule(float score, float probability, float label, string expected)
    {
        ScoredClick[] rows = [ScoredClick.Of(1, 0), new() { Score = score, Probability = probability, Label = label }];
        Assert.AreEqual(expected, Assert.ThrowsExactly<InvalidOperationException>(() => Evaluate(rows)).Message);
    }

    [TestMethod]
    public void EvaluateClicks_NoLabels_SaysSo() => Assert.AreEqual(
        "There is nothing to evaluate: no row has a label in column 'Label' (1 rows without).",
        Assert.ThrowsExactly<InvalidOperationException>(() => Evaluate([ScoredClick.Of(float.NaN, 0)])).Message);

    [TestMethod]
    public void EvaluateClicks_BrokenOptions_NamesEveryRule() => Assert.AreEqual(
        "HistoryLengths (1, 1) must begin with 0, rise, and be 100 at most. ItemColumnName and TrainingData must be given together. "
        + "RankingDepths (0) must be 1 or more each. NumberOfCalibrationBins (1) must be from 2 to 1000. (Parameter 'options')",
        Assert.ThrowsExactly<ArgumentException>(() => Evaluate([], new() { HistoryLengths = [1, 1], ItemColumnName = "Item", RankingDepths = [0], NumberOfCalibrationBins = 1 })).Message);

    [TestMethod]
    [DataRow("Label", "Column 'User' (label) must be Boolean, Single or Double, but is text.")]
    [DataRow("Score", "Column 'User' (score) must be Single, but is text.")]
    [DataRow("History", "Column 'User' (history length) must be Int32, but is text.")]
    [DataRow("Item", "Column 'Score' (item) must be text, Int32 or Int64, but is Single.")]
    public void EvaluateClicks_ColumnOfWrongType_NamesWantedAndFound(string role, string expected)
    {
        var options = role switch
        {
            "Label" => new ClickEvaluationOptions { LabelColumnName = "User" },
            "Score" => new ClickEvaluationOptions { ScoreColumnName = "User" },
            "History" => new ClickEvaluationOptions { HistoryLengthColumnName = "User" },
            _ => new ClickEvaluationOptions { ItemColumnName = "Score", TrainingData = ScoredClick.View([]) },
        };
        Assert.AreEqual(expected, Assert.ThrowsExactly<ArgumentException>(() => Evaluate([ScoredClick.Of(1, 0)], options)).Message);
    }

    [TestMethod]
    public void ToString_TurkishCulture_IsTheSame()
    {
        var metrics = Evaluate(ScoredClick.Random(1, 50), new() { UserColumnName = "User" });
        string expected = metrics.ToString();
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        CultureInfo.CurrentCulture.NumberFormat.NumberDecimalSeparator = ",";
        try
        {
            Assert.AreEqual(expected, metrics.ToString());
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static ClickMetrics Evaluate(ScoredClick[] rows, ClickEvaluationOptions? options = null) =>
        Context.BinaryClassification.EvaluateClicks(ScoredClick.View(rows), options ?? new());
}
