using Dtic.MLNet.Evaluation;

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

    [TestMethod]
    public void AreaUnderRocCurve_AnyScores_IsThatOfTheEvaluator()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            float[] few = [float.NegativeInfinity, -1.5f, -0f, 0f, float.Epsilon, 3, float.PositiveInfinity];
            float[] scores = new float[random.Next(1, 60)];
            byte[] labels = new byte[scores.Length];
            for (int i = 0; i < scores.Length; i++) (scores[i], labels[i]) = (seed % 2 == 0 ? few[random.Next(few.Length)] : random.NextSingle(), (byte)random.Next(2));

            double expected = RocArea.Area(ScoreOrder.Ascending(scores), scores, labels);

            Assert.AreEqual(expected, BinaryMetrics.AreaUnderRocCurve(scores, Array.ConvertAll(labels, label => (float)label)), $"seed {seed}");
        }
    }
}
