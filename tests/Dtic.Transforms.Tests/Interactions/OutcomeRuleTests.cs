using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Interactions;

[TestClass]
public sealed class OutcomeRuleTests
{
    [TestMethod]
    public void CountKnown_ByOrder_IsEveryEarlierOne()
    {
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, OutcomeRule.ByOrder.CountKnown([5, 5, 5]));
    }

    [TestMethod]
    [DataRow(0.0, new[] { 0, 0, 2, 3 })]
    [DataRow(0.9, new[] { 0, 0, 2, 3 })]
    [DataRow(1.0, new[] { 0, 0, 0, 3 })]
    [DataRow(2.5, new[] { 0, 0, 0, 3 })]
    [DataRow(1e300, new[] { 0, 0, 0, 0 })]
    [DataRow(double.PositiveInfinity, new[] { 0, 0, 0, 0 })]
    public void CountKnown_WholeTimes_AppliesTheDelay(double delay, int[] known)
    {
        var rule = OutcomeRule.Create(Template(delay), NumberDataViewType.Int64);
        CollectionAssert.AreEqual(known, rule.CountKnown([0, 0, 1, 4]));
    }

    [TestMethod]
    public void CountKnown_TimesAtTheEndOfTheRange_DoNotOverflow()
    {
        var rule = OutcomeRule.Create(Template(10), NumberDataViewType.Int64);
        CollectionAssert.AreEqual(new[] { 0, 1, 1 }, rule.CountKnown([long.MinValue, long.MaxValue - 1, long.MaxValue]));
    }

    [TestMethod]
    public void FromDouble_AnyNumbers_KeepsOrderAndValue()
    {
        double[] numbers = [double.MinValue, -1.5, -double.Epsilon, 0, double.Epsilon, 1, 1e9, double.MaxValue];
        long[] instants = [.. numbers.Select(TimeColumn.FromDouble)];
        CollectionAssert.AreEqual(instants.Order().ToArray(), instants);
        Assert.AreEqual(instants.Length, instants.Distinct().Count());
        CollectionAssert.AreEqual(numbers, instants.Select(TimeColumn.ToDouble).ToArray());
        Assert.AreEqual(TimeColumn.FromDouble(0.0), TimeColumn.FromDouble(-0.0));
    }

    private static PromptTemplate Template(double delay) => new()
    {
        OutputColumn = "Prompt",
        UserColumn = "UserId",
        TimeColumn = "Timestamp",
        LabelColumn = "Label",
        TargetColumn = null,
        ItemColumns = [],
        PrefixColumns = [],
        ContextLength = 1,
        TargetsPerPrompt = 1,
        MaximumTokensPerInteraction = 1,
        OutcomeOrder = OutcomeOrder.StrictTime,
        OutcomeDelay = default,
        OutcomeDelayUnits = delay,
        InputIsSorted = false,
        HistoryPrefix = "History",
    };
}
