using Microsoft.ML;
using Microsoft.ML.Data;
using static Dtic.Transforms.Tests.Interactions.SplitEvents;

namespace Dtic.Transforms.Tests.Interactions;

/// <summary>The parts of a split as data views: their columns, when they read, and their cursors.</summary>
[TestClass]
public sealed class TimeSplitViewTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Split_SourceWithFlag_CombinesBoth()
    {
        FlaggedEvent[] rows = [new(0, 1, true), new(1, 2, false), new(2, 3, true), new(3, 4, false), new(4, 5, true)];
        var data = _mlContext.Data.LoadFromEnumerable(rows);

        var split = _mlContext.Data.TrainTestSplitByTime(data, "Time", "User", testFraction: 0.4, contextLength: 2);

        AssertRows(split.TrainSet, (0, true), (1, false), (2, true));
        AssertRows(split.TestSet, (1, false), (2, false), (3, false), (4, true));
        CollectionAssert.AreEqual(Names(data.Schema), Names(split.TestSet.Schema), "The flag stands in the place of the source's.");
    }

    [TestMethod]
    public void Split_NamedFlag_KeepsEveryOtherColumnAndItsAnnotations()
    {
        NumberedUser[] rows = [new(0, 7, 1), new(1, 8, 2)];
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var keyed = _mlContext.Transforms.Conversion.MapValueToKey("Key", "User").Fit(data).Transform(data);

        var test = _mlContext.Data.TrainTestSplitByTime(keyed, "Time", "Key", 0.5, contextLength: 0, targetColumnName: "Predict").TestSet;

        CollectionAssert.AreEqual(Names(keyed.Schema).Append("Predict").ToArray(), Names(test.Schema));
        VBuffer<int> keyValues = default;
        test.Schema["Key"].GetKeyValues(ref keyValues);
        CollectionAssert.AreEqual(new[] { 7, 8 }, keyValues.DenseValues().ToArray());
        CollectionAssert.AreEqual(new uint[] { 2 }, test.GetColumn<uint>("Key").ToArray());
        CollectionAssert.AreEqual(new[] { true }, test.GetColumn<bool>("Predict").ToArray());
    }

    [TestMethod]
    public void Split_NothingRead_IsLazyAndFindsTheCutOnce()
    {
        int passes = 0;
        IEnumerable<Event<long>> Rows()
        {
            passes++;
            for (int i = 0; i < 10; i++)
            {
                yield return new Event<long>(i, "ann", i);
            }
        }

        var split = _mlContext.Data.TrainTestSplitByTime(_mlContext.Data.LoadFromEnumerable(Rows()), "Time", "User", 0.2);
        Assert.AreEqual(0, passes);

        AssertRows(split.TestSet, [.. Enumerable.Range(0, 10).Select(id => (id, id >= 8))]);
        Assert.AreEqual(2, passes, "One for the cut, one for the rows.");
        Assert.HasCount(8, Read(split.TrainSet));
        Assert.AreEqual(3, passes, "The cut is shared.");
    }

    [TestMethod]
    public void Split_SeveralCursorsAtOnce_EachGivesAllRows()
    {
        Event<long>[] rows = SplitEvents.Random(new Random(7), count: 500, users: 20, times: 200);
        var expected = Split(rows, 0.3, contextLength: 4);
        (int, bool)[] train = Read(expected.TrainSet), test = Read(expected.TestSet);

        int passes = 0;
        IEnumerable<Event<long>> CountedRows()
        {
            Interlocked.Increment(ref passes);
            foreach (var row in rows)
            {
                yield return row;
            }
        }

        var split = _mlContext.Data.TrainTestSplitByTime(_mlContext.Data.LoadFromEnumerable(CountedRows()), "Time", "User", 0.3, contextLength: 4);
        var results = new (int, bool)[8][];
        Parallel.For(0, results.Length, i => results[i] = Read(i % 2 == 0 ? split.TrainSet : split.TestSet));
        Assert.AreEqual(1 + results.Length, passes, "However many begin at once, the cut is found once.");
        for (int i = 0; i < results.Length; i++)
        {
            CollectionAssert.AreEqual(i % 2 == 0 ? train : test, results[i]);
        }

        var together = ReadTogether(split.TrainSet, split.TestSet);
        CollectionAssert.AreEqual(train, together.First);
        CollectionAssert.AreEqual(test, together.Second);
    }

    [TestMethod]
    public void Cursor_WithoutColumns_CountsRowsAndKeepsSourceIds()
    {
        Event<long>[] rows = [.. Enumerable.Range(0, 10).Select(i => new Event<long>(i, "ann", i))];
        var test = Split(rows, 0.2, contextLength: 1).TestSet;

        using var cursor = test.GetRowCursor([]);
        var getId = cursor.GetIdGetter();
        var ids = new List<DataViewRowId>();
        while (cursor.MoveNext())
        {
            DataViewRowId id = default;
            getId(ref id);
            Assert.AreEqual(ids.Count, cursor.Position);
            ids.Add(id);
        }

        CollectionAssert.AreEqual(new[] { new DataViewRowId(7, 0), new DataViewRowId(8, 0), new DataViewRowId(9, 0) }, ids);
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
    }

    private static string[] Names(DataViewSchema schema) => [.. schema.Select(column => column.Name)];

    private static ((int, bool)[] First, (int, bool)[] Second) ReadTogether(IDataView first, IDataView second)
    {
        var rows = (First: new List<(int, bool)>(), Second: new List<(int, bool)>());
        using var one = Rows(first).GetEnumerator();
        using var two = Rows(second).GetEnumerator();
        bool oneMoves = true, twoMoves = true;
        while (oneMoves || twoMoves)
        {
            if (oneMoves && (oneMoves = one.MoveNext()))
            {
                rows.First.Add((one.Current.Id, one.Current.IsTarget));
            }

            if (twoMoves && (twoMoves = two.MoveNext()))
            {
                rows.Second.Add((two.Current.Id, two.Current.IsTarget));
            }
        }

        return ([.. rows.First], [.. rows.Second]);
    }

    private sealed record FlaggedEvent(int Id, long Time, bool IsTarget)
    {
        public string User { get; } = "ann";
    }
}
