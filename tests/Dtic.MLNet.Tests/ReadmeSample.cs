using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>README's code as written there; a test compares the two.</summary>
internal static class ReadmeSample
{
    public static (CalibratedBinaryClassificationMetrics Metrics, IDataView Scored, PredictionEngine<ClickRequest, ClickPrediction> Engine) Run(
        IDataView interactions)
    {
        // README begins
        var mlContext = new MLContext(seed: 1);
        var pipeline = mlContext.Transforms.PackPrompts("Prompt",
                userColumnName: "UserId", timeColumnName: "Timestamp", labelColumnName: "Label",
                textColumnNames: ["Title"], categoricalColumnNames: ["MovieId", "Genres"],
                contextLength: 20, targetsPerPrompt: 50)
            .Append(mlContext.BinaryClassification.Trainers.Dtic(labelColumnName: "Label", promptColumnName: "Prompt"));

        var split = mlContext.Data.TrainTestSplitByTime(interactions, "Timestamp", "UserId", testFraction: 0.1, contextLength: 20);
        var model = pipeline.Fit(split.TrainSet);
        var scored = mlContext.Data.Cache(model.Transform(split.TestSet));          // one row per target
        var metrics = mlContext.BinaryClassification.Evaluate(scored);              // AUC, F1, LogLoss
        mlContext.Model.Save(model, split.TrainSet.Schema, "clicks.zip");           // loads in a fresh process
        var engine = mlContext.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(mlContext.Model.Load("clicks.zip", out _));
        // README ends
        return (metrics, scored, engine);
    }
}
