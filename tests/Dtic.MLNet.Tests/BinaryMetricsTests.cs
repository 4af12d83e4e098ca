namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class BinaryMetricsTests
{
    [TestMethod]
    [DataRow(new[] { 1f, 2, 3, 4 }, new[] { 0f, 0, 1, 1 }, 1.0)]
    [DataRow(new[] { 1f, 2, 3, 4 }, new[] { 1f, 0, 1, 0 }, 0.25)]
    [DataRow(new[] { 5f, 5, 5, 5 }, new[] { 1f, 0, 1, 0 }, 0.5, DisplayName = "ties")]
    [DataRow(new[] { float.NaN, float.NaN, 1, 2 }, new[] { 1f, 0, 1, 0 }, 0.375, DisplayName = "not a number")]
    [DataRow(new[] { 1f, 2 }, new[] { 1f, 1 }, double.NaN, DisplayName = "one class")]
    public void AreaUnderRocCurve_OfFewScores_IsTheShareOfOrderedPairs(float[] scores, float[] labels, double expected) =>
        Assert.AreEqual(expected, BinaryMetrics.AreaUnderRocCurve([.. scores], [.. labels]));
}
