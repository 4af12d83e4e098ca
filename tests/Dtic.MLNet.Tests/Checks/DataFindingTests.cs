using System.Collections;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Dtic.MLNet.Tests.Checks.CheckCases;

namespace Dtic.MLNet.Tests.Checks;

/// <summary>Whole findings about users, items, values, targets and sources that do not repeat themselves.</summary>
[TestClass]
public sealed class DataFindingTests
{
    [TestMethod]
    public void Check_AThirdOfRowsWithoutUser_SaysThatStrangersBecomeOneHistory()
    {
        Seen[] rows = Sound();
        Each(rows, (row, i) => row.User = i % 3 == 0 ? "" : row.User);

        AssertOnly(
            Check(rows), CheckSeverity.Warning, "data.users", "67 rows (33.5 %) have no user: an empty text, or a missing key.",
            "They become one history of strangers: leave such rows out, or give each visit an id of its own.");
    }

    [TestMethod]
    public void Check_MissingKeysAsUsers_AreFoundAndIntegersAreUsers()
    {
        Seen[] rows = Sound();
        Each(rows, (row, i) => row.User = i % 3 == 0 ? "" : row.User);
        var view = Context.Data.LoadFromEnumerable(rows);
        var keyed = Context.Transforms.Conversion.MapValueToKey("User").Fit(view).Transform(view);
        var numbered = Context.Data.LoadFromEnumerable(rows.Select((row, i) => new { User = i % 10, row.Time, row.Item, row.Label }));

        Assert.AreEqual("67 rows (33.5 %) have no user: an empty text, or a missing key.", Found(DticDiagnostics.Check(Packing(), Trainer(), keyed), "data.users"));
        Assert.AreEqual("", DticDiagnostics.Check(Packing(), Trainer(), numbered).ToString(CheckSeverity.Warning));
    }

    [TestMethod]
    public void Check_OneUserOfAThousandTimesTheRows_AsksWhetherItStandsForTheUnknown()
    {
        Seen[] rows = [.. Enumerable.Range(0, 20).SelectMany(_ => Sound())];
        Each(rows, (row, i) => (row.User, row.Time) = (i % 2 == 0 ? "0" : $"u{i / 8}", 1_600_000_000 + i));

        AssertOnly(
            Check(rows), CheckSeverity.Warning, "data.users", "User '0' has 2,000 rows (50.0 %), the median user 4: does it stand for those who are not known?",
            "They become one history of strangers: leave such rows out, or give each visit an id of its own.");
    }

    [TestMethod]
    public void Check_UsersWithOneOrTwoRows_SaysThatHistoryTellsLittle()
    {
        Seen[] rows = Sound();
        Each(rows, (row, i) => row.User = i < 140 ? $"u{i / 2}" : $"v{i % 10}");

        AssertOnly(
            Check(rows), CheckSeverity.Warning, "data.histories", "70 of 80 users (88 %) have one or two rows, 70 % of all rows.",
            "So short a history tells little: check that UserColumnName names the user and not a session, and compare with a model that knows the item only.");
    }

    [TestMethod]
    public void Check_FewRowsOfManyShortUsers_AreAFact()
    {
        Seen[] rows = Sound();
        Each(rows, (row, i) => row.User = i < 40 ? $"u{i / 2}" : $"v{i % 10}");

        var finding = Check(rows).Findings.Single(finding => finding.Code == "data.histories");

        Assert.AreEqual(new CheckFinding(CheckSeverity.Information, "data.histories", "20 of 30 users (67 %) have one or two rows, 20 % of all rows.", ""), finding);
    }

    [TestMethod]
    public void Check_EmptyItems_SaysHowManyRowsHaveNone()
    {
        Seen[] rows = Sound();
        Each(rows, (row, i) => row.Item = i % 5 == 0 ? "" : row.Item);

        var report = Check(rows);

        AssertOnly(
            report, CheckSeverity.Warning, "data.items", "40 rows (20.0 %) have no item: all item columns are empty.",
            "Histories leave them out, and as targets they cannot be told apart and take a prompt each: check how the columns are loaded, and leave such rows out.");
        Assert.AreEqual("'Item' is empty in 40 rows (20.0 %).", Found(report, "data.missing"));

        // With another column to tell them by, the share is a fact.
        Assert.AreEqual("", Check(rows, change: options => options.NumericColumnNames = ["Number"]).ToString(CheckSeverity.Warning));
        Each(rows, (row, _) => row.Number = row.Item == "" ? float.NaN : row.Number);
        Assert.AreEqual("40 rows (20.0 %) have no item: all item columns are empty.", Found(Check(rows, change: options => options.NumericColumnNames = ["Number"]), "data.items"));
    }

    [TestMethod]
    public void Check_MoreValuesThanMaximumCategories_SaysHowManyAreDroppedAndWhatTheyAreOf()
    {
        // 200 rows of 7 items: i0 to i3 come 29 times, i4 to i6 28 times.
        AssertOnly(
            Check(Sound(), change: options => options.MaximumCategories = 4), CheckSeverity.Warning, "data.categories",
            "3 values of 'Item' are beyond MaximumCategories (4); 42.0 % of the occurrences are theirs.",
            "They share one token and cannot be told apart: raise MaximumCategories, or name coarser columns beside it.");
        Assert.AreEqual("", Check(Sound(), change: options => options.MaximumCategories = 7).ToString(CheckSeverity.Warning));
    }

    [TestMethod]
    public void Check_DroppedValues_AreThoseThatThePackerDoesNotKnow()
    {
        Seen[] rows = Sound();
        Each(rows, (row, i) => row.Item = $"i{(int)Math.Sqrt(i)}");   // i0 once, i1 three times, i2 five times ...
        static void Change(PromptPackingEstimator.Options options) => (options.MaximumCategories, options.MinimumCount, options.ContextLength) = (5, 1, 0);
        var view = Context.Data.LoadFromEnumerable(rows);
        var packer = Packing(Change).Fit(view);

        string prompts = string.Join(' ', packer.Transform(view).GetColumn<int[]>("Prompt").Select(packer.DescribePrompt));

        Assert.AreEqual(85, prompts.Split("<unknown>").Length - 1);
        Assert.AreEqual("10 values of 'Item' are beyond MaximumCategories (5); 42.5 % of the occurrences are theirs.", Found(Check(rows, change: Change), "data.categories"));
    }

    [TestMethod]
    public void Check_TargetColumnThatIsNotThere_SaysThatAllRowsCount()
    {
        AssertOnly(
            Check(Sound(), change: options => options.TargetColumnName = "Predict"), CheckSeverity.Warning, "data.targets",
            "There is no column 'Predict' (TargetColumnName): all rows count as targets.", "Check the name; null says that all rows are targets.");
        AssertOnly(
            Check(Sound(), change: options => options.TargetColumnName = "istarget"), CheckSeverity.Warning, "data.targets",
            "There is no column 'istarget' (TargetColumnName): all rows count as targets.", "Is 'IsTarget' meant? Names are case sensitive.");
        var bare = Context.Transforms.DropColumns("IsTarget").Fit(Context.Data.LoadFromEnumerable(Sound())).Transform(Context.Data.LoadFromEnumerable(Sound()));
        Assert.AreEqual("", DticDiagnostics.Check(Packing(), Trainer(), bare).ToString(CheckSeverity.Warning));
        Assert.AreEqual("", Check(Sound(), change: options => options.TargetColumnName = null).ToString(CheckSeverity.Warning));
    }

    [TestMethod]
    public void Check_TestViewWithoutTheFlag_SaysThatAllItsRowsCount()
    {
        var test = Context.Transforms.DropColumns("IsTarget").Fit(Context.Data.LoadFromEnumerable(Sound())).Transform(Context.Data.LoadFromEnumerable(Sound(300)));

        var finding = DticDiagnostics.Check(Packing(), Trainer(), Context.Data.LoadFromEnumerable(Sound()), test).Findings.Single(finding => finding.Code == "test.targets");

        Assert.AreEqual(
            new CheckFinding(
                CheckSeverity.Warning, "test.targets", "The training view has the target flag 'IsTarget', and the test view has none: all its rows count as targets.",
                "If some of its rows are history only, flag them false; a split in time does."),
            finding);
    }

    [TestMethod]
    public void Check_TestSetAsTrainingView_SaysThatOnlyItsTargetsTrain()
    {
        var split = Context.Data.TrainTestSplitByTime(Context.Data.LoadFromEnumerable(Sound()), "Time", "User", testFraction: 0.2, contextLength: 5);

        AssertOnly(
            DticDiagnostics.Check(Packing(), Trainer(), split.TestSet), CheckSeverity.Warning, "data.testset",
            "Only 40 of 90 rows are targets, and all others are earlier than each of them, as in the test set of a split.", "Only targets are trained on: give the split's TrainSet.");
    }

    [TestMethod]
    [DataRow(float.NaN, "None of 200 test targets has a label.")]
    [DataRow(0, "All 200 labelled test targets are without a click.")]
    [DataRow(1, "All 200 labelled test targets are clicks.")]
    public void Check_TestLabelsOfOneClassOrNone_AreAnError(float label, string found)
    {
        Seen[] test = SoundTest();
        Each(test, (row, _) => row.Label = label);

        AssertOnly(
            Check(Sound(), test), CheckSeverity.Error, "test.labels", found,
            "Scores can be held against labels of both classes only: check LabelColumnName (Label) and how the label is made.");
    }

    [TestMethod]
    public void Check_AnotherOrderAtEachRead_SaysSo()
    {
        var view = Context.Data.LoadFromEnumerable(new Rereading(read =>
        {
            Seen[] rows = Sound();
            new Random(read).Shuffle(rows);
            return rows;
        }));
        const string Advice = "Rows of one user and one time then have no order, runs do not repeat, and ML.NET's Cache mixes the values of rows, because it caches each column in the pass that asks " +
            "for it first: order the rows (in SQL by ORDER BY), or read it once, all columns together: mlContext.Data.Cache(data, [.. data.Schema.Select(column => column.Name)]).";

        AssertOnly(DticDiagnostics.Check(Packing(), Trainer(), view), CheckSeverity.Warning, "data.order", "The source gives its rows in another order at each read.", Advice);

        // Split by their own times, the parts are sound but for the order.
        var split = Context.Data.TrainTestSplitByTime(view, "Time", "User", testFraction: 0.2);
        var report = DticDiagnostics.Check(Packing(), Trainer(), split.TrainSet, split.TestSet);
        CollectionAssert.AreEqual(
            new[] { "data.order", "test.order" }, report.Findings.Where(finding => finding.Severity > CheckSeverity.Information).Select(finding => finding.Code).ToArray(), report.ToString());
    }

    [TestMethod]
    public void Check_SplitByChanceOfASourceWithoutOrder_BlamesTheSource()
    {
        var view = Context.Data.LoadFromEnumerable(new Rereading(read =>
        {
            Seen[] rows = Sound();
            new Random(read).Shuffle(rows);
            return rows;
        }));
        var split = Context.Data.TrainTestSplit(view, testFraction: 0.3);

        var report = DticDiagnostics.Check(Packing(), Trainer(), split.TrainSet, split.TestSet);

        Assert.AreEqual("The source gives other rows, users, times or labels at each read.", Found(report, "data.changing"), report.ToString());
        foreach (var leak in report.Findings.Where(finding => finding.Code.StartsWith("leak.", StringComparison.Ordinal)))
            Assert.AreEqual("The source does not repeat itself, so that a split by row numbers or by chance mixes its parts at each read: mend that first.", leak.Advice);
        Assert.Contains("leak.rows", report.Findings.Select(finding => finding.Code));
    }

    [TestMethod]
    public void Check_LabelsDrawnAnewAtEachRead_AreAnError()
    {
        var view = Context.Data.LoadFromEnumerable(new Rereading(read =>
        {
            Seen[] rows = Sound();
            var random = new Random(read);
            Each(rows, (row, _) => row.Label = random.Next(2));
            return rows;
        }));

        AssertOnly(
            DticDiagnostics.Check(Packing(), Trainer(), view), CheckSeverity.Error, "data.changing", "The source gives other rows, users, times or labels at each read.",
            "What is split, learned from and tested on is then not the same: read it once, all columns together: mlContext.Data.Cache(data, [.. data.Schema.Select(column => column.Name)]).");
    }

    private static void AssertOnly(CheckReport report, CheckSeverity severity, string code, string found, string advice)
    {
        CheckFinding[] findings = [.. report.Findings.Where(finding => finding.Severity > CheckSeverity.Information)];
        Assert.HasCount(1, findings, report.ToString());
        Assert.AreEqual(new CheckFinding(severity, code, found, advice), findings[0]);
    }

    /// <summary>A source that may give other rows at each read.</summary>
    private sealed class Rereading(Func<int, Seen[]> read) : IEnumerable<Seen>
    {
        private int _reads;

        public IEnumerator<Seen> GetEnumerator() => ((IEnumerable<Seen>)read(++_reads)).GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
