using Dtic.MLNet.Evaluation;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Evaluation;

/// <summary>Scored rows that are context and not to be predicted, as another trainer scores them in the test set of a split.</summary>
[TestClass]
public sealed class TargetRowsTests
{
    private readonly MLContext _context = new(seed: 1);
    private readonly List<string> _warnings = [];

    public TargetRowsTests() => _context.Log += (_, entry) =>
    {
        if (entry.Kind == Microsoft.ML.Runtime.ChannelMessageKind.Warning) _warnings.Add(entry.RawMessage);
    };

    [TestMethod]
    public void EvaluateClicks_ContextRows_AreLeftOutAndCounted()
    {
        // The context was trained on: its scores are as good as can be.
        Flagged[] targets = [.. ScoredClick.Random(4, 300).Select(row => new Flagged(row, true))];
        Flagged[] context = [.. ScoredClick.Random(5, 200).Select(row => new Flagged(ScoredClick.Of(row.Label, row.Label == 1 ? 3 : -3, row.User), false))];
        var all = _context.Data.LoadFromEnumerable(context.Concat(targets));
        var options = new ClickEvaluationOptions { UserColumnName = "User" };

        var metrics = _context.BinaryClassification.EvaluateClicks(all, options);

        Assert.AreEqual(200, metrics.NumberOfContextRows);
        CollectionAssert.AreEqual(
            new[] { "200 rows are context ('IsTarget' is false) and are left out. ML.NET's Evaluate counts them: give it mlContext.Data.FilterRowsToTargets(scored)." }, _warnings);
        var expected = _context.BinaryClassification.EvaluateClicks(_context.Data.FilterRowsToTargets(all), options);
        Assert.AreEqual(
            "Rows                 300, of which 28.00 % positive; 0 without a label and 200 of context skipped", metrics.ToString().Split('\n')[0]);
        CollectionAssert.AreEqual(expected.ToString().Split('\n')[1..], metrics.ToString().Split('\n')[1..]);
        Assert.AreEqual(0, expected.NumberOfContextRows);
        Assert.AreEqual("Rows                 300, of which 28.00 % positive; 0 without a label skipped", expected.ToString().Split('\n')[0]);
        Assert.HasCount(1, _warnings);

        // A flag of another name, and none.
        options.TargetColumnName = "Predict";
        _context.BinaryClassification.EvaluateClicks(_context.Transforms.CopyColumns("Predict", "IsTarget").Fit(all).Transform(all), options);
        StringAssert.EndsWith(_warnings[^1], "FilterRowsToTargets(scored, \"Predict\").");
        options.TargetColumnName = null;
        Assert.AreEqual(500, _context.BinaryClassification.EvaluateClicks(all, options).NumberOfRows);
        Assert.HasCount(2, _warnings);
    }

    [TestMethod]
    public void CompareDrift_ContextRows_AreLeftOut()
    {
        Flagged[] rows = [.. ScoredClick.Random(4, 300).Select((row, i) => new Flagged(row, i % 3 > 0))];
        var all = _context.Data.LoadFromEnumerable(rows);

        var drift = _context.BinaryClassification.CompareDrift(_context.Data.FilterRowsToTargets(all), all, new DriftOptions());

        Assert.AreEqual((200, 200), (drift.Reference.NumberOfRows, drift.Current.NumberOfRows));
        Assert.AreEqual(0, drift.PopulationStabilityIndex);
        CollectionAssert.AreEqual(
            new[] { "100 rows are context ('IsTarget' is false) and are left out. ML.NET's Evaluate counts them: give it mlContext.Data.FilterRowsToTargets(scored)." }, _warnings);
    }

    [TestMethod]
    public void EvaluateClicks_NothingButContext_SaysSo()
    {
        var all = _context.Data.LoadFromEnumerable(ScoredClick.Random(4, 30).Select(row => new Flagged(row, false)));

        var error = Assert.ThrowsExactly<InvalidOperationException>(() => _context.BinaryClassification.EvaluateClicks(all));
        Assert.AreEqual("There is nothing to evaluate: no row has a label in column 'Label' (0 rows without, 30 of context).", error.Message);
        Assert.AreEqual(
            "There is nothing to compare with: the reference has no rows.",
            Assert.ThrowsExactly<InvalidOperationException>(() => _context.BinaryClassification.CompareDrift(all, all, new DriftOptions())).Message);
    }

    [TestMethod]
    public void EvaluateClicks_LabelOfTheFlagsName_IsALabel()
    {
        var rows = _context.Data.LoadFromEnumerable(ScoredClick.Random(4, 300).Select(row => new Flagged(row, row.Label == 1)));

        var metrics = _context.BinaryClassification.EvaluateClicks(rows, labelColumnName: "IsTarget");

        Assert.AreEqual(_context.BinaryClassification.EvaluateClicks(ScoredClick.View(ScoredClick.Random(4, 300))).ToString(), metrics.ToString());
        Assert.IsEmpty(_warnings);
    }

    [TestMethod]
    public void EvaluateClicks_FlagOfAnotherType_IsRefused()
    {
        var all = ScoredClick.View(ScoredClick.Random(4, 30));

        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.BinaryClassification.EvaluateClicks(all, new ClickEvaluationOptions { TargetColumnName = "Item" }));
        Assert.AreEqual("Column 'Item' (target flag) must be Boolean, but is text.", error.Message);
    }

    private sealed class Flagged(ScoredClick row, bool isTarget)
    {
        public string User { get; } = row.User;
        public float Label { get; } = row.Label;
        public float Score { get; } = row.Score;
        public float Probability { get; } = row.Probability;
        public bool IsTarget { get; } = isTarget;
    }
}
