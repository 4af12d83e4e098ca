using Dtic.MLNet;
using Dtic.MLNet.Evaluation;
using Dtic.MLNet.Reporting;
using Microsoft.ML;

namespace MovieLens;

/// <summary>The test set as a report in HTML. Drift is that between the earlier and the later half of it.</summary>
internal static class TestReport
{
    public static void Write(string file, MLContext mlContext, MovieLensSplit split, ScoredTarget[] scored, DticModelParameters model)
    {
        IDataView train = mlContext.Data.LoadFromEnumerable(split.Through(Part.Train));
        IDataView View(IEnumerable<ScoredTarget> rows) => mlContext.Data.LoadFromEnumerable(rows);
        ClickMetrics metrics = mlContext.BinaryClassification.EvaluateClicks(View(scored), new ClickEvaluationOptions
        {
            UserColumnName = "UserId",
            HistoryLengthColumnName = "Prompt.HistoryLength",
            ItemColumnName = "MovieId",
            TrainingData = train,
        });
        Console.WriteLine(metrics);

        ScoredTarget[] inTime = [.. scored.OrderBy(row => row.Timestamp)];
        int half = inTime.Length / 2;
        ScoreDrift drift = mlContext.BinaryClassification.CompareDrift(View(inTime.Take(half)), View(inTime.Skip(half)), new DriftOptions
        {
            HistoryLengthColumnName = "Prompt.HistoryLength",
            ItemColumnName = "MovieId",
            TrainingData = train,
            TimeColumnName = "Time",
        });
        Console.WriteLine(drift);

        new ClickReport
        {
            Title = "MovieLens: will this user like this movie?",
            Metrics = metrics,
            Model = model,
            Drift = drift,
            Facts =
            [
                new("Ratings", $"{split.Rows.Count:N0}"),
                new("Targets", $"{split.CountTargets(Part.Train):N0} train, {split.CountTargets(Part.Validation):N0} validation, {split.CountTargets(Part.Test):N0} test"),
                new("Order", split.Order == OrderRule.Protocol ? "protocol: order alone decides which outcomes a row sees" : "strict: outcomes of earlier seconds only"),
                new("Drift", "the earlier half of the test set is the reference, the later half is current"),
            ],
        }.Save(file);
    }
}
