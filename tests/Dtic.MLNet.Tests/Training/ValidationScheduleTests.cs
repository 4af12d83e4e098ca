using Dtic.MLNet.Training;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class ValidationScheduleTests
{
    [TestMethod]
    [DataRow(1, null, "5 10")]
    [DataRow(2, null, "3 5 8 10")]
    [DataRow(5, null, "1 2 3 4 5 6 7 8 9 10")]
    [DataRow(99, null, "1 2 3 4 5 6 7 8 9 10")]
    [DataRow(1, 4, "4 8 10")]
    [DataRow(3, 5, "5 10")]
    [DataRow(1, 11, "10")]
    public void IsDue_TwoEpochsOfFiveSteps_AfterTheseSteps(int perEpoch, int? interval, string expected)
    {
        var options = new TrainingOptions(2, 16, 1, 0, 0, 0, 1, 100, 1, 1) { ValidationsPerEpoch = perEpoch, ValidationInterval = interval };
        var schedule = new ValidationSchedule(options, stepsPerEpoch: 5);

        int[] due = [.. Enumerable.Range(1, 10).Where(schedule.IsDue)];

        Assert.AreEqual(expected, string.Join(' ', due));
        CollectionAssert.AreEqual(
            Enumerable.Range(0, 11).Select(step => due.Count(d => d > step)).ToArray(), Enumerable.Range(0, 11).Select(schedule.CountAfter).ToArray());
    }
}
