using System.Globalization;
using Microsoft.ML;
using static Dtic.Transforms.Tests.Interactions.SplitEvents;

namespace Dtic.Transforms.Tests.Interactions;

/// <summary>Which rows go where.</summary>
[TestClass]
public sealed class TimeSplitTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Split_SmallCase_FlagsTestRowsAndBringsLatestContext()
    {
        // Cut at 50: rows 5 and 6. Ann's last two earlier rows are 1 and 4; Bob has no test row, so nothing of his comes along.
        Event<long>[] rows =
        [
            new(0, "ann", 10), new(1, "ann", 30), new(2, "bob", 20), new(3, "ann", 20), new(4, "ann", 40), new(5, "ann", 50), new(6, "cid", 60),
            new(7, "bob", 45), new(8, "bob", 44), new(9, "bob", 43),
        ];

        var split = Split(rows, testFraction: 0.2, contextLength: 2);

        AssertRows(split.TrainSet, (0, true), (1, true), (2, true), (3, true), (4, true), (7, true), (8, true), (9, true));
        AssertRows(split.TestSet, (1, false), (4, false), (5, true), (6, true));
    }

    [TestMethod]
    [DataRow(0.1, 9, DisplayName = "One of ten rows")]
    [DataRow(0.3, 6, DisplayName = "Four rows are nearer to three than one row")]
    [DataRow(0.25, 9, DisplayName = "One and four rows are equally near: the later cut")]
    [DataRow(0.999, 1, DisplayName = "The first time is never cut off: the training set keeps rows")]
    public void Split_TiedTimes_CutsAtNearestDistinctTime(double testFraction, int firstTestRow)
    {
        long[] times = [0, 1, 1, 1, 1, 1, 2, 2, 2, 3];
        Event<long>[] rows = [.. times.Select((time, i) => new Event<long>(i, "ann", time))];

        var split = Split(rows, testFraction, contextLength: 0);

        AssertRows(split.TrainSet, [.. Enumerable.Range(0, firstTestRow).Select(id => (id, true))]);
        AssertRows(split.TestSet, [.. Enumerable.Range(firstTestRow, 10 - firstTestRow).Select(id => (id, true))]);
    }

    [TestMethod]
    public void Split_RandomInteractions_EqualsNaiveOracle()
    {
        var random = new Random(5);
        for (int round = 0; round < 300; round++)
        {
            var rows = SplitEvents.Random(random, count: random.Next(2, 60), users: random.Next(1, 8), times: random.Next(2, 40));
            rows[0] = rows[0] with { Time = -1 };   // two times at least
            double testFraction = 0.02 + (0.96 * random.NextDouble());
            int contextLength = random.Next(5);

            var split = Split(rows, testFraction, contextLength);
            (int Id, bool IsTarget)[] train = Read(split.TrainSet), test = Read(split.TestSet);

            long cut = NaiveCut(rows, testFraction);
            Event<long>[] before = [.. rows.Where(row => row.Time < cut)];
            Event<long>[] after = [.. rows.Where(row => row.Time >= cut)];
            CollectionAssert.AreEqual(before.Select(row => (row.Id, true)).ToArray(), train);
            var context = after.Select(row => row.User).Distinct()
                .SelectMany(user => before.Where(row => row.User == user).OrderBy(row => row.Time).TakeLast(contextLength));
            var expected = context.Select(row => (row.Id, false)).Concat(after.Select(row => (row.Id, true))).OrderBy(row => row.Id);
            CollectionAssert.AreEqual(expected.ToArray(), test);
        }
    }

    [TestMethod]
    public void Split_ShuffledSource_GivesSameSets()
    {
        var random = new Random(6);
        Event<long>[] rows = [.. SplitEvents.Random(random, count: 200, users: 9, times: 1).Select((row, i) => row with { Time = i / 3 * 7 % 100 })];
        rows = [.. rows.DistinctBy(row => (row.User, row.Time))];   // of one user's ties the source's order decides
        var expected = Split(rows, testFraction: 0.2, contextLength: 3);

        random.Shuffle(rows);
        var actual = Split(rows, testFraction: 0.2, contextLength: 3);

        CollectionAssert.AreEqual(Read(expected.TrainSet).Order().ToArray(), Read(actual.TrainSet).Order().ToArray());
        CollectionAssert.AreEqual(Read(expected.TestSet).Order().ToArray(), Read(actual.TestSet).Order().ToArray());
        var order = rows.Select((row, i) => (row.Id, i)).ToDictionary();
        (int Id, bool)[] test = Read(actual.TestSet);
        CollectionAssert.AreEqual(test.OrderBy(row => order[row.Id]).ToArray(), test, "The source's order is kept.");
    }

    [TestMethod]
    public void Split_EachTimeType_CutsAtSameRow()
    {
        // In order of time: rows 2, 0, 3, 1; the last is the test row.
        long[] seconds = [-1, 2_000_000_000, -7, 0];
        var epoch = DateTime.UnixEpoch;

        AssertCutsBeforeRow1(seconds);
        AssertCutsBeforeRow1(seconds.Select(second => (int)second));
        AssertCutsBeforeRow1(seconds.Select(second => second + (second < 0 ? 0.25 : 0.0)));
        AssertCutsBeforeRow1(seconds.Select(second => epoch.AddSeconds(second)));
        // The clocks on the walls would give another order.
        AssertCutsBeforeRow1(seconds.Select((second, i) => new DateTimeOffset(epoch.AddSeconds(second)).ToOffset(TimeSpan.FromHours(5 - (3 * i)))));
    }

    [TestMethod]
    public void Split_NegativeAndPositiveZero_AreOneTime()
    {
        Event<double>[] rows = [new(0, "ann", -5), new(1, "ann", -0.0), new(2, "ann", 0.0)];

        var split = Split(rows, testFraction: 0.3, contextLength: 0);

        AssertRows(split.TestSet, (1, true), (2, true));
    }

    [TestMethod]
    public void Split_IntegerAndKeyUsers_BringEachUsersOwnContext()
    {
        NumberedUser[] rows = [new(0, 7, 1), new(1, 8, 2), new(2, 7, 3), new(3, 8, 4), new(4, 7, 5)];
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var keyed = _mlContext.Transforms.Conversion.MapValueToKey("Key", "User").Fit(data).Transform(data);

        foreach (string user in new[] { "User", "LongUser", "Key" })
        {
            var split = _mlContext.Data.TrainTestSplitByTime(keyed, "Time", user, testFraction: 0.2, contextLength: 5);
            AssertRows(split.TestSet, (0, false), (2, false), (4, true));
        }
    }

    [TestMethod]
    public void Split_KeysWithoutWords_AreUsersOfTheirOwn()
    {
        NumberedUser[] rows = [new(0, 7, 1), new(1, 8, 2), new(2, 9, 3), new(3, 8, 4), new(4, 9, 5)];
        var hash = _mlContext.Transforms.Conversion.Hash("Key", "User", numberOfBits: 16, maximumNumberOfInverts: 1).Fit(_mlContext.Data.LoadFromEnumerable(rows[..1]));
        var hashed = hash.Transform(_mlContext.Data.LoadFromEnumerable(rows));

        var split = _mlContext.Data.TrainTestSplitByTime(hashed, "Time", "Key", testFraction: 0.4, contextLength: 5);

        AssertRows(split.TestSet, (1, false), (2, false), (3, true), (4, true));
    }

    [TestMethod]
    public void Split_OtherCulture_SplitsAndReportsAlike()
    {
        var before = CultureInfo.CurrentCulture;
        try
        {
            // Turkish conventions, spelled out because tests run without culture data.
            var turkish = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            turkish.NumberFormat.NumberDecimalSeparator = ",";
            turkish.NumberFormat.NegativeSign = "~";
            turkish.DateTimeFormat.DateSeparator = ".";
            turkish.DateTimeFormat.ShortDatePattern = "d.MM.yyyy";
            CultureInfo.CurrentCulture = turkish;
            Event<double>[] rows = [new(0, "ılık", -1.5), new(1, "ilik", -0.5), new(2, "ılık", 0.5)];

            AssertRows(Split(rows, testFraction: 0.3, contextLength: 1).TestSet, (0, false), (2, true));
            var error = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Split(rows, testFraction: -1.5, contextLength: 1));
            Assert.AreEqual("testFraction (-1.5) must lie between 0 and 1, both excluded. (Parameter 'testFraction')", error.Message);
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static long NaiveCut(Event<long>[] rows, double testFraction)
    {
        long[] candidates = [.. rows.Select(row => row.Time).Distinct().Order().Skip(1)];
        return candidates.Reverse().MinBy(cut => Math.Abs(rows.Count(row => row.Time >= cut) - (testFraction * rows.Length)));
    }

    private static void AssertCutsBeforeRow1<TTime>(IEnumerable<TTime> times)
    {
        Event<TTime>[] rows = [.. times.Select((time, i) => new Event<TTime>(i, "ann", time))];
        var split = Split(rows, testFraction: 0.25, contextLength: 2);
        AssertRows(split.TrainSet, (0, true), (2, true), (3, true));
        AssertRows(split.TestSet, (0, false), (1, true), (3, false));
    }
}
