using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;

namespace Dtic.MLNet.Tests;

/// <summary>What a service answers, held against what was scored.</summary>
internal static class Serving
{
    /// <summary>A request for each scored row gives the row's score, probability and label.</summary>
    public static float[] AssertServed(Click[] clicks, IDataView scored, PredictionEngine<ClickRequest, ClickPrediction> engine)
    {
        long[] rows = Scorers.Read<long>(scored, "Row");
        float[] scores = Scorers.Read<float>(scored, "Score"), probabilities = Scorers.Read<float>(scored, "Probability");
        bool[] labels = Scorers.Read<bool>(scored, "PredictedLabel");
        Assert.IsGreaterThan(10, rows.Length);
        Assert.IsNotEmpty(rows.Where(row => clicks.HistoryOf(clicks[row]).LastOrDefault()?.Timestamp == clicks[row].Timestamp), "No ties of time.");
        ClickPrediction[] served = [.. rows.Select(row => engine.Predict(clicks.RequestFor(clicks[row])))];
        Closeness.AssertClose(scores, [.. served.Select(prediction => prediction.Score)], 1e-5);
        Closeness.AssertClose(probabilities, [.. served.Select(prediction => prediction.Probability)], 1e-5);
        CollectionAssert.AreEqual(labels, served.Select(prediction => prediction.PredictedLabel).ToArray());
        return scores;
    }
}
