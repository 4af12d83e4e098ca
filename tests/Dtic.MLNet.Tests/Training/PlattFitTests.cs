using Dtic.MLNet.Training;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class PlattFitTests
{
    [TestMethod]
    [DataRow(1.0, 0.0, 1.0)]
    [DataRow(0.3, -2.0, 1.0)]
    [DataRow(4e3, 1.5, 1e-3)]
    [DataRow(1e-6, 0.5, 1e6)]
    public void Fit_LabelsDrawnFromALine_FindsTheOptimum(double slope, double offset, double spread)
    {
        var random = new Random(1);
        float[] scores = [.. Enumerable.Range(0, 5000).Select(_ => (float)(spread * ((2 * random.NextDouble()) - 1) * 4))];
        float[] labels = [.. scores.Select(score => random.NextDouble() < 1 / (1 + Math.Exp(-((slope * score) + offset))) ? 1f : 0f)];

        var fit = PlattFit.Fit(scores, labels);

        // At the optimum probabilities and Platt's smoothed labels have equal sums, as such and times the scores.
        double positives = labels.Sum(), negatives = labels.Length - positives, sum = 0, product = 0;
        for (int i = 0; i < scores.Length; i++)
        {
            double error = fit.Probability(scores[i]) - (labels[i] > 0 ? (positives + 1) / (positives + 2) : 1 / (negatives + 2));
            sum += error;
            product += error * scores[i] / spread;
        }

        Assert.AreEqual(0, sum, 1e-3);
        Assert.AreEqual(0, product, 1e-3);
        Assert.AreEqual(slope, fit.Slope, 0.12 * slope);
        Assert.AreEqual(offset, fit.Offset, 0.3);
    }

    [TestMethod]
    public void Fit_ClassesThatCanBeToldApart_StaysFinite()
    {
        var fit = PlattFit.Fit([-3, -2, -1, 1, 2, 3], [0, 0, 0, 1, 1, 1]);

        // Platt's labels are 4/5 and 1/5 here; a line meets neither at all three scores, so the slope is finite.
        Assert.IsInRange(0.5, 5, fit.Slope);
        Assert.AreEqual(0, fit.Offset, 1e-6);
    }

    [TestMethod]
    [DataRow(new[] { 3f, 2, 1, 0 }, new[] { 0f, 0, 1, 1 }, 0.5, DisplayName = "order the wrong way round")]
    [DataRow(new[] { 7f, 7, 7 }, new[] { 1f, 0, 1 }, 0.611, DisplayName = "all scores the same")]
    [DataRow(new[] { 1f, 2, 3 }, new[] { 1f, 1, 1 }, 0.8, DisplayName = "one class")]
    [DataRow(new float[0], new float[0], 0.5, DisplayName = "nothing")]
    public void Fit_NothingToLearnFromTheOrder_GivesTheSmoothedShareOfClicks(float[] scores, float[] labels, double probability)
    {
        var fit = PlattFit.Fit(scores, labels);

        Assert.IsInRange(0, 0.2, fit.Slope);
        Assert.AreEqual(probability, fit.Probability(scores.DefaultIfEmpty().Average()), 0.01);
    }

    [TestMethod]
    public void Fit_ExtremeScores_StaysFinite()
    {
        var fit = PlattFit.Fit([-1e30f, 1e30f, 0, float.MaxValue, float.MinValue, 1e-30f], [0, 1, 0, 1, 0, 1]);

        Assert.IsTrue(double.IsFinite(fit.Slope) && double.IsFinite(fit.Offset) && fit.Slope > 0);
    }
}
