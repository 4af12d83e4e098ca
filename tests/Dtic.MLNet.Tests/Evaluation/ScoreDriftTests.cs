using Dtic.MLNet.Evaluation;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Evaluation;

[TestClass]
public sealed class ScoreDriftTests
{
    private static readonly MLContext Context = new(seed: 1);

    [TestMethod]
    public void CompareDrift_WithItself_FindsNone()
    {
        var rows = ScoredClick.Random(1, 500);
        var drift = Compare(rows, rows, All(rows));

        Assert.AreEqual(0, drift.PopulationStabilityIndex);
        Assert.AreEqual(0, drift.HistoryStabilityIndex);
        Assert.AreEqual(0, drift.KolmogorovSmirnovDistance);
        Assert.AreEqual(0, drift.Current.UnseenItemRate);
        Assert.AreEqual(drift.Reference.PositiveRate, drift.Current.PositiveRate);
    }

    [TestMethod]
    public void CompareDrift_RandomRows_EqualsNaiveDefinitions()
    {
        var (before, now) = (ScoredClick.Random(1, 300), ScoredClick.Random(2, 200).Select(r => r with { Probability = r.Probability * 0.8f }).ToArray());
        var drift = Compare(before, now, All(before));
        double distance = before.Concat(now).Max(at => Math.Abs(before.Average(r => r.Probability <= at.Probability ? 1.0 : 0) - now.Average(r => r.Probability <= at.Probability ? 1.0 : 0)));

        Assert.AreEqual(distance, drift.KolmogorovSmirnovDistance, 1e-12);
        Assert.AreEqual(1, drift.Probabilities.Sum(bin => bin.ReferenceShare), 1e-9);
        Assert.AreEqual(1, drift.Probabilities.Sum(bin => bin.CurrentShare), 1e-9);
        double index = drift.Probabilities.Sum(bin =>
        {
            double r = ((bin.ReferenceShare * 300) + 0.5) / (300 + (0.5 * drift.Probabilities.Count)), c = ((bin.CurrentShare * 200) + 0.5) / (200 + (0.5 * drift.Probabilities.Count));
            return (c - r) * Math.Log(c / r);
        });
        Assert.AreEqual(index, drift.PopulationStabilityIndex, 1e-12);
        Assert.IsGreaterThan(0.1, index);
        Assert.AreEqual(before.Average(r => (double)r.Label), drift.Reference.PositiveRate, 1e-12);
        Assert.AreEqual(now.Average(r => (double)r.Probability), drift.Current.MeanProbability, 1e-9);
    }

    [TestMethod]
    public void HistoryStabilityIndex_FewRowsOfTheSameShares_FindsNone()
    {
        // Nobody has a longer history in either view: those groups are no sign of drift, however many rows the views have.
        ScoredClick[] before = [.. Enumerable.Range(0, 10_000).Select(i => new ScoredClick { HistoryLength = i % 2, Probability = 0.5f })];

        Assert.AreEqual(0, Compare(before, before[..100], new() { HistoryLengthColumnName = "Prompt.HistoryLength" }).HistoryStabilityIndex, 1e-12);
    }

    [TestMethod]
    public void Probabilities_DistinctReference_HasATenthInEachBin()
    {
        ScoredClick[] before = [.. Enumerable.Range(1, 100).Select(i => new ScoredClick { Probability = i / 101f })];
        ScoredClick[] now = [new() { Probability = 0 }, new() { Probability = 1 }, new() { Probability = before[9].Probability }];
        var drift = Compare(before, now, new());

        Assert.HasCount(10, drift.Probabilities);
        foreach (var bin in drift.Probabilities) Assert.AreEqual(0.1, bin.ReferenceShare, 1e-9, bin.Name);
        Assert.AreEqual(2 / 3.0, drift.Probabilities[0].CurrentShare, 1e-9);
        Assert.AreEqual(1 / 3.0, drift.Probabilities[9].CurrentShare, 1e-9);
    }

    [TestMethod]
    [DataRow(0.5f, "0 to 0.25, 0.25 to 0.3, 0.3 to 0.35, 0.35 to 0.4, 0.4 to 1")]
    [DataRow(1e-4f, "0 to 0.25, 0.25 to 0.25001, 0.25001 to 0.25002, 0.25002 to 0.25003, 0.25003 to 1")]
    public void Probabilities_FarOrClose_HaveBinsOfDifferentNames(float width, string names)
    {
        ScoredClick[] rows = [.. Enumerable.Range(0, 5).Select(i => new ScoredClick { Probability = 0.25f + (i * width / 10) })];

        Assert.AreEqual(names, string.Join(", ", Compare(rows, rows, new()).Probabilities.Select(bin => bin.Name)));
    }

    [TestMethod]
    public void Periods_RowsOfOneMoment_StayTogether()
    {
        var day = new DateTime(2026, 1, 1);
        ScoredClick[] rows =
        [
            new() { Time = day.AddDays(3), Probability = 0.25f, Label = float.NaN }, new() { Time = day, Probability = 0.5f, Label = 1 },
            new() { Time = day, Probability = 0.5f, Label = 1 }, new() { Time = day, Probability = 0.5f, Label = 0 }, new() { Time = day.AddHours(7), Probability = 0.75f, Label = 1 },
        ];
        var periods = Compare(rows, rows, new() { TimeColumnName = "Time", NumberOfPeriods = 2 }).Current.Periods;

        Assert.HasCount(2, periods);
        Assert.AreEqual(("2026-01-01 00:00", "2026-01-01 00:00", 3L, 3L), (periods[0].Begin, periods[0].End, periods[0].NumberOfRows, periods[0].NumberOfLabeledRows));
        Assert.AreEqual(2 / 3.0, periods[0].PositiveRate, 1e-12);
        Assert.AreEqual(("2026-01-01 07:00", "2026-01-04 00:00", 2L, 1L), (periods[1].Begin, periods[1].End, periods[1].NumberOfRows, periods[1].NumberOfLabeledRows));
        Assert.AreEqual(0.75, periods[1].MeanProbability, 1e-12);
    }

    [TestMethod]
    [DataRow(100, 6, 6)]
    [DataRow(5, 5, 5)]
    [DataRow(3, 10, 3)]
    [DataRow(7, 1, 1)]
    public void Periods_DistinctMoments_AreAsManyAsAskedForAndOfLikeSize(int rows, int asked, int expected)
    {
        var periods = Compare(ScoredClick.Random(1, rows), ScoredClick.Random(1, rows), new() { TimeColumnName = "Time", NumberOfPeriods = asked }).Current.Periods;

        Assert.HasCount(expected, periods);
        Assert.AreEqual(rows, periods.Sum(period => period.NumberOfRows));
        Assert.IsLessThanOrEqualTo(1L, periods.Max(period => period.NumberOfRows) - periods.Min(period => period.NumberOfRows));
    }

    [TestMethod]
    public void CompareDrift_NoLabelColumn_ComparesTheRest()
    {
        var rows = ScoredClick.Random(1, 50);
        var current = Context.Data.LoadFromEnumerable(rows.Select(r => new { r.Probability }));
        var drift = Context.BinaryClassification.CompareDrift(ScoredClick.View(rows), current, new());

        Assert.AreEqual(0, drift.PopulationStabilityIndex);
        Assert.AreEqual(0, drift.Current.NumberOfLabeledRows);
        Assert.IsTrue(double.IsNaN(drift.Current.PositiveRate));
        Assert.IsTrue(double.IsFinite(drift.Reference.PositiveRate));
        Assert.IsTrue(double.IsNaN(drift.Current.UnseenItemRate) && double.IsNaN(drift.HistoryStabilityIndex));
        Assert.Contains("NaN", drift.ToString());
    }

    [TestMethod]
    public void CompareDrift_NoRows_SaysWhichView()
    {
        ScoredClick[] rows = [ScoredClick.Of(1, 0)];
        Assert.AreEqual("There is nothing to compare: the current view has no rows.", Assert.ThrowsExactly<InvalidOperationException>(() => Compare(rows, [], new())).Message);
        Assert.AreEqual("There is nothing to compare with: the reference has no rows.", Assert.ThrowsExactly<InvalidOperationException>(() => Compare([], rows, new())).Message);
    }

    private static DriftOptions All(ScoredClick[] training) =>
        new() { HistoryLengthColumnName = "Prompt.HistoryLength", ItemColumnName = "Item", TrainingData = ScoredClick.View(training), TimeColumnName = "Time" };

    private static ScoreDrift Compare(ScoredClick[] reference, ScoredClick[] current, DriftOptions options) =>
        Context.BinaryClassification.CompareDrift(ScoredClick.View(reference), ScoredClick.View(current), options);
}
