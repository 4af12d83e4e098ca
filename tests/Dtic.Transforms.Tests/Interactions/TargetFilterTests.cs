using Microsoft.ML;
using Microsoft.ML.Data;
using static Dtic.Transforms.Tests.Interactions.SplitEvents;

namespace Dtic.Transforms.Tests.Interactions;

[TestClass]
public sealed class TargetFilterTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Filter_TestSetOfASplit_LeavesTheRowsOfTheTestPeriodInTheirOrder()
    {
        Event<long>[] rows = SplitEvents.Random(new Random(3), count: 300, users: 9, times: 100);
        var split = Split(rows, testFraction: 0.3, contextLength: 4);

        var targets = _mlContext.Data.FilterRowsToTargets(split.TestSet);

        Assert.IsTrue(Read(split.TestSet).Any(row => !row.IsTarget));
        CollectionAssert.AreEqual(Read(split.TestSet).Where(row => row.IsTarget).ToArray(), Read(targets));
        CollectionAssert.AreEqual(Read(split.TrainSet), Read(_mlContext.Data.FilterRowsToTargets(split.TrainSet)));
    }

    [TestMethod]
    public void Filter_AnyView_KeepsSchemaAndAnnotations()
    {
        NumberedUser[] rows = [new(0, 7, 1), new(1, 8, 2)];
        var data = _mlContext.Data.LoadFromEnumerable(rows);
        var keyed = _mlContext.Transforms.Conversion.MapValueToKey("User").Fit(data).Transform(data);
        var test = _mlContext.Data.TrainTestSplitByTime(keyed, "Time", "User", 0.5, contextLength: 5, targetColumnName: "IsTarget as number").TestSet;

        var targets = _mlContext.Data.FilterRowsToTargets(test, "IsTarget as number");

        CollectionAssert.AreEqual(
            test.Schema.Select(column => (column.Name, column.Type, column.IsHidden)).ToArray(), targets.Schema.Select(column => (column.Name, column.Type, column.IsHidden)).ToArray());
        VBuffer<int> users = default;
        targets.Schema["User"].GetKeyValues(ref users);
        CollectionAssert.AreEqual(new[] { 7, 8 }, users.DenseValues().ToArray());
    }

    [TestMethod]
    public void Filter_NameOfItsOwnColumnTaken_KeepsTheOther()
    {
        var data = _mlContext.Data.LoadFromEnumerable(new[] { new Flagged { IsTarget = true, Number = "a" }, new Flagged { Number = "b" } });

        CollectionAssert.AreEqual(new[] { "a" }, _mlContext.Data.FilterRowsToTargets(data).GetColumn<string>("IsTarget as number").ToArray());
    }

    [TestMethod]
    public void Filter_NothingRead_IsLazy()
    {
        int passes = 0;
        IEnumerable<Flagged> Rows()
        {
            passes++;
            yield return new Flagged { IsTarget = true };
        }

        var targets = _mlContext.Data.FilterRowsToTargets(_mlContext.Data.LoadFromEnumerable(Rows()));

        Assert.AreEqual(0, passes);
        Assert.HasCount(1, targets.GetColumn<bool>("IsTarget"));
        Assert.AreEqual(1, passes);
    }

    [TestMethod]
    public void Filter_MissingOrOtherColumn_NamesWhatWasWanted()
    {
        var data = _mlContext.Data.LoadFromEnumerable(new[] { new Flagged() });

        Assert.AreEqual(
            "There is no column 'Predict' (target flag). The columns are: IsTarget, IsTarget as number.",
            Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Data.FilterRowsToTargets(data, "Predict")).Message);
        Assert.AreEqual(
            "Column 'IsTarget as number' (target flag) must be Boolean, but is text.",
            Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Data.FilterRowsToTargets(data, "IsTarget as number")).Message);
    }

    private sealed class Flagged
    {
        public bool IsTarget { get; set; }

        [ColumnName("IsTarget as number")]
        public string Number { get; set; } = "";
    }
}
