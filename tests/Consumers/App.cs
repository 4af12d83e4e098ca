#:package Dtic.MLNet@*
#:package TorchSharp-cpu@0.107.0
// A program of one file, as `dotnet run App.cs` runs it, with all defaults of such programs: they switch off what does not suit native compilation. It trains, saves to a zip and to a
// folder, loads both, and predicts with each.
using System.Globalization;
using Dtic.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

// Fifty users who each like one of two kinds of movies.
var random = new Random(1);
Click[] clicks = [.. Enumerable.Range(0, 1500).Select(i => Show(user: i % 50, movie: random.Next(20), moment: i / 50))];

var mlContext = new MLContext(seed: 1);
var interactions = mlContext.Data.LoadFromEnumerable(clicks);
var model = mlContext.Transforms.PackPrompts("Prompt", userColumnName: "User", timeColumnName: "Time", labelColumnName: "Label",
        categoricalColumnNames: ["Movie"], contextLength: 10, targetsPerPrompt: 20)
    .Append(mlContext.BinaryClassification.Trainers.Dtic(new DticTrainer.Options { EmbeddingDimension = 32, NumberOfEpochs = 8, LearningRate = 0.01 }))
    .Fit(interactions);

string folder = args[0];
mlContext.Model.Save(model, interactions.Schema, Path.Combine(folder, "app.zip"));
mlContext.Model.SaveToFolder(model, Path.Combine(folder, "app"));

float expected = Ask(model), zip = Ask(mlContext.Model.Load(Path.Combine(folder, "app.zip"), out _)), plain = Ask(mlContext.Model.LoadFromFolder(Path.Combine(folder, "app")));
Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"After three clicks on even movies: m4 {expected:P0}, from the zip {zip:P0}, from the folder {plain:P0}"));
return expected > 0.5f && zip == expected && plain == expected ? 0 : 1;

static Click Show(int user, int movie, int moment) => new() { User = $"u{user}", Time = 1_700_000_000L + (3600 * moment), Movie = $"m{movie}", Label = movie % 2 == user % 2 };

float Ask(ITransformer loaded)
{
    using var engine = mlContext.Model.CreatePredictionEngine<Request, Answer>(loaded);
    return engine.Predict(new Request { Movie = "m4", HistoryMovie = ["m2", "m8", "m3", "m12"], HistoryLabel = [true, true, false, true] }).Probability;
}

internal sealed class Click
{
    public string User { get; set; } = "";
    public long Time { get; set; }
    public string Movie { get; set; } = "";
    public bool Label { get; set; }
}

internal sealed class Request
{
    public string Movie { get; set; } = "";
    public string[] HistoryMovie { get; set; } = [];
    public bool[] HistoryLabel { get; set; } = [];
}

internal sealed class Answer
{
    public float Probability { get; set; }
}
