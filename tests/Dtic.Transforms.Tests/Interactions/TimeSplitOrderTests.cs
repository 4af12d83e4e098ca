using System.Collections;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Dtic.Transforms.Tests.Interactions.SplitEvents;

namespace Dtic.Transforms.Tests.Interactions;

/// <summary>Sources that do not repeat themselves: SQL without ORDER BY gives its rows in another order at each read, and a table changes.</summary>
[TestClass]
public sealed class TimeSplitOrderTests
{
    private const string Remedy = "Before splitting, read it once, all columns together: mlContext.Data.Cache(data, [.. data.Schema.Select(column => column.Name)]).";

    private static readonly MLContext Context = new(seed: 1);

    [TestMethod]
    public void Split_AnotherOrderAtEachRead_PutsEachRowWhereItsOwnTimeBelongs()
    {
        var random = new Random(11);
        for (int round = 0; round < 50; round++)
        {
            Event<long>[] rows = SplitEvents.Random(random, count: 80, users: 6, times: 1);
            long[] times = [.. Enumerable.Range(0, rows.Length).Select(i => (long)i)];
            random.Shuffle(times);
            rows = [.. rows.Zip(times, (row, time) => row with { Time = time })];
            int contextLength = random.Next(4);
            var expected = Split(rows, testFraction: 0.25, contextLength);

            var actual = Split(new Unordered<Event<long>>(rows, round), testFraction: 0.25, contextLength);

            for (int read = 0; read < 3; read++)
            {
                CollectionAssert.AreEqual(Read(expected.TrainSet), Read(actual.TrainSet).Order().ToArray());
                CollectionAssert.AreEqual(Read(expected.TestSet), Read(actual.TestSet).Order().ToArray());
            }
        }
    }

    [TestMethod]
    public void Split_TiesAtTheStartOfTheContextInAnyOrder_BringsAsManyRowsAsAsked()
    {
        // Of Ann's three rows at 30 two belong to the context, whichever come last; of Bob's four at 20 one.
        long[] ann = [10, 30, 30, 30, 40, 50], bob = [20, 20, 20, 20, 30, 35, 50];
        Event<long>[] rows = [.. ann.Select((time, i) => new Event<long>(i, "ann", time)), .. bob.Select((time, i) => new Event<long>(10 + i, "bob", time))];

        for (int seed = 0; seed < 20; seed++)
        {
            var test = Context.Data.TrainTestSplitAtTime(Context.Data.LoadFromEnumerable(new Unordered<Event<long>>(rows, seed)), "Time", "User", 50, contextLength: 3).TestSet;

            var brought = Read(test).Where(row => !row.IsTarget).Select(row => rows.Single(candidate => candidate.Id == row.Id)).OrderBy(row => (row.User, row.Time)).ToArray();
            CollectionAssert.AreEqual(new long[] { 30, 30, 40, 20, 30, 35 }, brought.Select(row => row.Time).ToArray());
            Assert.HasCount(6, brought.DistinctBy(row => row.Id));
        }
    }

    [TestMethod]
    public void Read_TimesThatChanged_IsAnError()
    {
        int reads = 0;
        IEnumerable<Event<long>> Rows()
        {
            long shift = reads++;
            for (int i = 0; i < 10; i++)
            {
                yield return new Event<long>(i, "ann", i + shift);
            }
        }

        var split = Context.Data.TrainTestSplitByTime(Context.Data.LoadFromEnumerable(Rows()), "Time", "User", 0.5);

        AssertChanged("The data has other times or users now than when it was split; it must give the same rows at each pass. " + Remedy, split.TrainSet);
        AssertChanged("The data has other times or users now than when it was split; it must give the same rows at each pass. " + Remedy, split.TestSet);
    }

    [TestMethod]
    public void Read_UsersRenamedAtEachRead_IsAnError()
    {
        int reads = 0;
        IEnumerable<Event<long>> Rows()
        {
            reads++;
            for (int i = 0; i < 10; i++)
            {
                yield return new Event<long>(i, $"{reads}-{i % 2}", i);
            }
        }

        var split = Context.Data.TrainTestSplitByTime(Context.Data.LoadFromEnumerable(Rows()), "Time", "User", 0.5, contextLength: 2);

        AssertChanged("The data has other times or users now than when it was split; it must give the same rows at each pass. " + Remedy, split.TestSet);
    }

    [TestMethod]
    public void Remedy_OfTheMessages_KeepsTheValuesOfARowTogether()
    {
        Event<long>[] rows = [.. Enumerable.Range(0, 100).Select(i => new Event<long>(i, "ann", i))];
        IDataView Source() => Context.Data.LoadFromEnumerable(new Unordered<Event<long>>(rows, 3));

        var data = Source();
        data = Context.Data.Cache(data, [.. data.Schema.Select(column => column.Name)]);
        CollectionAssert.AreEqual(data.GetColumn<int>("Id").ToArray(), data.GetColumn<long>("Time").Select(time => (int)time).ToArray());

        // Why the message names the columns: ML.NET else caches each one in the pass that asks for it first.
        var mixed = Context.Data.Cache(Source());
        CollectionAssert.AreNotEqual(mixed.GetColumn<int>("Id").ToArray(), mixed.GetColumn<long>("Time").Select(time => (int)time).ToArray());
    }

    private static DataOperationsCatalog.TrainTestData Split(IEnumerable<Event<long>> rows, double testFraction, int contextLength) =>
        Context.Data.TrainTestSplitByTime(Context.Data.LoadFromEnumerable(rows), "Time", "User", testFraction, contextLength);

    private static void AssertChanged(string message, IDataView view) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => Read(view)).Message);

    private sealed class Unordered<T>(T[] rows, int seed) : IEnumerable<T>
    {
        private readonly Random _random = new(seed);

        public IEnumerator<T> GetEnumerator()
        {
            T[] shuffled = [.. rows];
            _random.Shuffle(shuffled);
            return ((IEnumerable<T>)shuffled).GetEnumerator();
        }

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}
