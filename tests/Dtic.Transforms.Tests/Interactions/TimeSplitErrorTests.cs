using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Interactions;

[TestClass]
public sealed class TimeSplitErrorTests
{
    private static readonly TypedTimes[] ThreeRows = [new(1), new(2), new(3)];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Split_MissingTimeColumn_NamesItAndTheColumns()
    {
        AssertRefused("There is no column 'Timestamp' (time). The columns are: Long, Int, Double, Single, Moment, MomentWithOffset, Vector, User.", timeColumn: "Timestamp");
    }

    [TestMethod]
    public void Split_MissingUserColumn_NamesItAndTheColumns()
    {
        AssertRefused("There is no column 'Who' (user). The columns are: Long, Int, Double, Single, Moment, MomentWithOffset, Vector, User.", userColumn: "Who");
    }

    [TestMethod]
    public void Split_SingleTime_SaysWhyItIsRefused()
    {
        AssertRefused(
            "Column 'Single' (time) must be DateTime, DateTimeOffset, an integer or Double, but is Single. " +
            "Single cannot hold Unix seconds exactly: load the column as Int64 or Double.",
            timeColumn: "Single");
    }

    [TestMethod]
    public void Split_TextOrVectorTime_NamesWantedAndFoundType()
    {
        AssertRefused("Column 'User' (time) must be DateTime, DateTimeOffset, an integer or Double, but is text.", timeColumn: "User");
        AssertRefused("Column 'Vector' (time) must be DateTime, DateTimeOffset, an integer or Double, but is a vector of Int64.", timeColumn: "Vector");
    }

    [TestMethod]
    public void Split_DoubleUser_NamesWantedAndFoundType()
    {
        AssertRefused("Column 'Double' (user) must be text, an integer or a key, but is Double. Ids must be loaded as text or as an integer.", userColumn: "Double");
    }

    [TestMethod]
    public void Split_FlagColumnOfOtherType_NamesWantedAndFoundType()
    {
        AssertRefused("Column 'User' (target flag) must be Boolean, but is text.", targetColumn: "User");
    }

    [TestMethod]
    [DataRow(0.0, "0", DisplayName = "No test rows wanted")]
    [DataRow(1.0, "1", DisplayName = "No training rows wanted")]
    [DataRow(-0.1, "-0.1", DisplayName = "Negative")]
    [DataRow(double.NaN, "NaN", DisplayName = "NaN")]
    public void Split_FractionOutsideUnitInterval_IsRefused(double testFraction, string shown)
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _mlContext.Data.TrainTestSplitByTime(View(ThreeRows), "Long", "User", testFraction));

        Assert.AreEqual($"testFraction ({shown}) must lie between 0 and 1, both excluded. (Parameter 'testFraction')", error.Message);
    }

    [TestMethod]
    public void Split_NegativeContextLength_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(
            () => _mlContext.Data.TrainTestSplitByTime(View(ThreeRows), "Long", "User", contextLength: -1));

        Assert.AreEqual("contextLength (-1) must be 0 or more. (Parameter 'contextLength')", error.Message);
    }

    [TestMethod]
    public void Read_NoRows_IsAnError()
    {
        var split = _mlContext.Data.TrainTestSplitByTime(View([]), "Long", "User");

        AssertUnreadable(split.TrainSet, "The data to split has no rows.");
        AssertUnreadable(split.TestSet, "The data to split has no rows.");
    }

    [TestMethod]
    [DataRow("Long", "1700000000", DisplayName = "Int64")]
    [DataRow("Double", "1700000000", DisplayName = "Double")]
    [DataRow("Moment", "2023-11-14T22:13:20.0000000", DisplayName = "DateTime")]
    [DataRow("MomentWithOffset", "2023-11-14T22:13:20.0000000+00:00", DisplayName = "DateTimeOffset")]
    public void Read_OneTimeOnly_NamesColumnAndTime(string timeColumn, string shown)
    {
        var data = View([new(1_700_000_000), new(1_700_000_000)]);

        var split = _mlContext.Data.TrainTestSplitByTime(data, timeColumn, "User");

        AssertUnreadable(split.TestSet, $"All rows have the same time in column '{timeColumn}' ({shown}): no cut in time leaves rows on both sides.");
    }

    [TestMethod]
    public void Read_MissingTime_NamesTheRow()
    {
        var split = _mlContext.Data.TrainTestSplitByTime(View([new(1), new(2) { Double = double.NaN }, new(3)]), "Double", "User");

        AssertUnreadable(
            split.TrainSet,
            "Column 'Double' (time) holds NaN in row 1 (counted from 0); a time must be a finite number. " +
            "Filter such rows out, for instance by FilterRowsByMissingValues.");
    }

    [TestMethod]
    [DataRow(3, "more", DisplayName = "A row more")]
    [DataRow(1, "fewer", DisplayName = "A row less")]
    public void Read_SourceThatChanged_IsAnError(int laterCount, string found)
    {
        int count = 2;
        IEnumerable<TypedTimes> Rows()
        {
            for (int i = 0; i < count; i++)
            {
                yield return new TypedTimes(i);
            }
        }

        var split = _mlContext.Data.TrainTestSplitByTime(_mlContext.Data.LoadFromEnumerable(Rows()), "Long", "User", testFraction: 0.5);
        using (split.TestSet.GetRowCursor([]))
        {
            count = laterCount;
        }

        AssertUnreadable(
            split.TestSet,
            $"The data had 2 rows when it was split and has {found} now; it must give the same rows at each pass. " +
            "Before splitting, read it once, all columns together: mlContext.Data.Cache(data, [.. data.Schema.Select(column => column.Name)]).");
    }

    [TestMethod]
    public void Read_AfterAFailedPass_TriesAgain()
    {
        var rows = new List<TypedTimes>();
        IEnumerable<TypedTimes> Rows()
        {
            foreach (var row in rows)
            {
                yield return row;
            }
        }

        var split = _mlContext.Data.TrainTestSplitByTime(_mlContext.Data.LoadFromEnumerable(Rows()), "Long", "User");
        AssertUnreadable(split.TestSet, "The data to split has no rows.");
        rows.AddRange(ThreeRows);

        Assert.AreEqual(2, CountRows(split.TrainSet));
    }

    [TestMethod]
    public void SplitAt_CutOfOtherType_NamesBothTypes()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Data.TrainTestSplitAtTime(View(ThreeRows), "Long", "User", DateTime.UnixEpoch));

        Assert.AreEqual("The cut is given as DateTime, but column 'Long' (time) is Int64: give it in the column's type. (Parameter 'cut')", error.Message);
    }

    [TestMethod]
    [DataRow(1L, "before", DisplayName = "Nothing to train on")]
    [DataRow(4L, "at or after", DisplayName = "Nothing to test on")]
    public void SplitAt_CutOutsideTheData_NamesFirstAndLastTime(long cut, string side)
    {
        foreach (string column in new[] { "Long", "Int", "Double" })
        {
            var split = _mlContext.Data.TrainTestSplitAtTime(View(ThreeRows), column, "User", cut);
            AssertUnreadable(split.TrainSet, $"No row lies {side} the cut ({cut}): the times in column '{column}' go from 1 to 3.");
        }
    }

    [TestMethod]
    public void SplitAt_CutAtARow_PutsThatRowIntoTheTestSet()
    {
        var moment = DateTime.UnixEpoch.AddSeconds(3);
        DataOperationsCatalog.TrainTestData[] splits =
        [
            _mlContext.Data.TrainTestSplitAtTime(View(ThreeRows), "Long", "User", 3, contextLength: 1),
            _mlContext.Data.TrainTestSplitAtTime(View(ThreeRows), "Int", "User", 3, contextLength: 1),
            _mlContext.Data.TrainTestSplitAtTime(View(ThreeRows), "Double", "User", 3, contextLength: 1),
            _mlContext.Data.TrainTestSplitAtTime(View(ThreeRows), "Moment", "User", moment, contextLength: 1),
            _mlContext.Data.TrainTestSplitAtTime(View(ThreeRows), "MomentWithOffset", "User", new DateTimeOffset(moment).ToOffset(TimeSpan.FromHours(2)), contextLength: 1),
        ];

        foreach (var split in splits)
        {
            CollectionAssert.AreEqual(new[] { 1L, 2L }, split.TrainSet.GetColumn<long>("Long").ToArray());
            CollectionAssert.AreEqual(new[] { 2L, 3L }, split.TestSet.GetColumn<long>("Long").ToArray());
            CollectionAssert.AreEqual(new[] { false, true }, split.TestSet.GetColumn<bool>("IsTarget").ToArray());
        }
    }

    [TestMethod]
    public void Cursor_WrongUse_SaysWhatIsWrong()
    {
        var test = _mlContext.Data.TrainTestSplitByTime(View(ThreeRows), "Long", "User").TestSet;
        using var cursor = test.GetRowCursor([test.Schema["IsTarget"]]);

        Assert.AreEqual(
            "Column 'Long' is not active in this cursor.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<long>(test.Schema["Long"])).Message);
        Assert.AreEqual(
            "Column 'IsTarget' holds System.Boolean, not System.Single.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(test.Schema["IsTarget"])).Message);
        bool flag = false;
        Assert.AreEqual(
            "The cursor is not on a row.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<bool>(test.Schema["IsTarget"])(ref flag)).Message);
        var foreign = _mlContext.Data.LoadFromEnumerable(new[] { new { Other = 1 } }).Schema["Other"];
        Assert.AreEqual(
            "Column 'Other' is not a column of this view. (Parameter 'column')",
            Assert.ThrowsExactly<ArgumentException>(() => test.GetRowCursor([foreign])).Message);
    }

    private static long CountRows(IDataView view)
    {
        using var cursor = view.GetRowCursor([]);
        long count = 0;
        while (cursor.MoveNext())
        {
            count++;
        }

        return count;
    }

    private static void AssertUnreadable(IDataView view, string message) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => CountRows(view)).Message);

    private void AssertRefused(string message, string timeColumn = "Long", string userColumn = "User", string targetColumn = "IsTarget")
    {
        var error = Assert.ThrowsExactly<ArgumentException>(
            () => _mlContext.Data.TrainTestSplitByTime(View(ThreeRows), timeColumn, userColumn, targetColumnName: targetColumn));
        Assert.AreEqual(message, error.Message);
    }

    private IDataView View(TypedTimes[] rows) => _mlContext.Data.LoadFromEnumerable(rows);

    private sealed class TypedTimes
    {
        public TypedTimes(long seconds)
        {
            Long = seconds;
            Int = (int)seconds;
            Double = seconds;
            Single = seconds;
            Moment = DateTime.UnixEpoch.AddSeconds(seconds);
            MomentWithOffset = new DateTimeOffset(Moment).ToOffset(TimeSpan.FromHours(-7));
            Vector = [seconds];
        }

        public long Long { get; }

        public int Int { get; }

        public double Double { get; init; }

        public float Single { get; }

        public DateTime Moment { get; }

        public DateTimeOffset MomentWithOffset { get; }

        public long[] Vector { get; }

        public string User { get; } = "ann";
    }
}
