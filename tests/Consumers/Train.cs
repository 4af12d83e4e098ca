// A stranger's program: it trains on a CSV and saves a zip. .ci/consumers builds it outside the repository, from the packages.
using System.Globalization;
using Dtic.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

// A hundred users who each like one of two kinds of movies.
var random = new Random(1);
using (var csv = new StreamWriter("clicks.csv"))
{
    csv.WriteLine("user,time,movie,clicked");
    for (int moment = 0; moment < 40; moment++)
    {
        for (int user = 0; user < 100; user++)
        {
            int movie = random.Next(20);
            csv.WriteLine(string.Create(CultureInfo.InvariantCulture, $"u{user},{1_700_000_000L + (3600 * moment)},m{movie},{(movie % 2 == user % 2 ? 1 : 0)}"));
        }
    }
}

var mlContext = new MLContext(seed: 1);
UseOtherTrainers();
var clicks = mlContext.Data.LoadFromTextFile<Click>("clicks.csv", separatorChar: ',', hasHeader: true);
var split = mlContext.Data.TrainTestSplitByTime(clicks, "Time", "User", testFraction: 0.2, contextLength: 10);
var pipeline = mlContext.Transforms.PackPrompts("Prompt", userColumnName: "User", timeColumnName: "Time", labelColumnName: "Label",
        categoricalColumnNames: ["Movie"], contextLength: 10, targetsPerPrompt: 20)
    .Append(mlContext.BinaryClassification.Trainers.Dtic(new DticTrainer.Options { EmbeddingDimension = 32, NumberOfEpochs = 8, LearningRate = 0.01 }));
var model = pipeline.Fit(split.TrainSet);
double auc = mlContext.BinaryClassification.Evaluate(model.Transform(split.TestSet)).AreaUnderRocCurve;
mlContext.Model.Save(model, split.TrainSet.Schema, args[0]);
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"AUC {auc:F3}, saved {args[0]}"));
return auc > 0.9 ? 0 : 1;   // what a user likes follows from what he clicked on

internal partial class Program
{
    // Has a body where OtherTrainers.cs is compiled too.
    static partial void UseOtherTrainers();
}

internal sealed class Click
{
    [LoadColumn(0)] public string User { get; set; } = "";
    [LoadColumn(1)] public long Time { get; set; }
    [LoadColumn(2)] public string Movie { get; set; } = "";
    [LoadColumn(3), ColumnName("Label")] public bool Clicked { get; set; }
}
