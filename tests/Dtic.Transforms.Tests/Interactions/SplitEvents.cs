using Microsoft.ML;

namespace Dtic.Transforms.Tests.Interactions;

/// <summary>Interactions to split, and the rows of a part to look at.</summary>
internal static class SplitEvents
{
    private static readonly MLContext Context = new(seed: 1);

    public static Event<long>[] Random(Random random, int count, int users, int times) =>
        [.. Enumerable.Range(0, count).Select(id => new Event<long>(id, "user" + random.Next(users), random.Next(times)))];

    public static DataOperationsCatalog.TrainTestData Split<TTime>(Event<TTime>[] rows, double testFraction, int contextLength) =>
        Context.Data.TrainTestSplitByTime(Context.Data.LoadFromEnumerable(rows), "Time", "User", testFraction, contextLength);

    public static void AssertRows(IDataView view, params (int Id, bool IsTarget)[] expected) => CollectionAssert.AreEqual(expected, Read(view));

    public static (int Id, bool IsTarget)[] Read(IDataView view) => [.. Rows(view).Select(row => (row.Id, row.IsTarget))];

    /// <summary>The rows of a part, read as they are asked for.</summary>
    public static IEnumerable<SplitRow> Rows(IDataView view) => Context.Data.CreateEnumerable<SplitRow>(view, reuseRowObject: false);
}

/// <summary>An interaction, its time of any type.</summary>
internal sealed record Event<TTime>(int Id, string User, TTime Time);

/// <summary>An interaction whose user is a number.</summary>
internal sealed record NumberedUser(int Id, int User, long Time)
{
    public long LongUser => User;
}

/// <summary>What is read of a part's row.</summary>
internal sealed class SplitRow
{
    public int Id { get; set; }

    public bool IsTarget { get; set; }
}
