using Dtic.MLNet.Training;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class LearningCurveTests
{
    [TestMethod]
    [DataRow(1000, 0, 1000)]
    [DataRow(1001, 0, 501)]
    [DataRow(12_345, 0, 772)]
    [DataRow(12_345, 100, 500)]
    [DataRow(5_000, 1, 500)]
    [DataRow(5_000, 2, 500)]
    public void Add_ManySteps_StaysBoundedAndLosesNothing(int steps, int validateEvery, int fewest)
    {
        var curve = new LearningCurve();
        for (int step = 1; step <= steps; step++)
        {
            curve.Add(new CurveSpan(1, step, 1, Loss: 2, Targets: 3, Tokens: 5, Seconds: 7, LearningRate: step, Validation: null));
            if (validateEvery > 0 && step % validateEvery == 0)
            {
                curve.Mark(new DticValidation(step, 0.5, 0.6));
            }
        }

        Assert.IsInRange(fewest, LearningCurve.MostSpans, curve.Spans.Count);
        Assert.AreEqual(steps, curve.Spans.Sum(span => span.Steps));
        Assert.AreEqual(3L * steps, curve.Spans.Sum(span => span.Targets));
        Assert.AreEqual(5L * steps, curve.Spans.Sum(span => span.Tokens));
        Assert.AreEqual(steps, curve.Spans[^1].LastStep);
        Assert.IsTrue(curve.Spans.Zip(curve.Spans.Skip(1)).All(pair => pair.First.LastStep + pair.Second.Steps == pair.Second.LastStep));
        Assert.IsTrue(curve.Spans.All(span => span.Validation is null || span.Validation.Step == span.LastStep));
        if (validateEvery >= 100)
        {
            Assert.AreEqual(steps / validateEvery, curve.Spans.Count(span => span.Validation is not null));   // far apart: all are kept
        }

        var point = curve.Points()[^1];
        Assert.AreEqual((2.0 / 3, 3.0 / 7, 5.0 / 7), (point.Loss, point.TargetsPerSecond, point.TokensPerSecond));
    }

    [TestMethod]
    public void Continue_SpansThatWereKept_IsTheSameCurve()
    {
        var curve = new LearningCurve();
        for (int step = 1; step <= 2_345; step++)
        {
            curve.Add(new CurveSpan(1, step, 1, Loss: 2, Targets: 3, Tokens: 5, Seconds: 7, LearningRate: step, Validation: null));
            curve.Mark(new DticValidation(step, 0.5, 0.6));
        }

        var resumed = new LearningCurve();
        resumed.Continue(curve.Spans);

        CollectionAssert.AreEqual(curve.Spans.ToArray(), resumed.Spans.ToArray());
        Assert.AreEqual(curve.Stride, resumed.Stride);
    }
}
