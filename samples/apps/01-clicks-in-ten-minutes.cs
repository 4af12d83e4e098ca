// dotnet run samples/apps/01-clicks-in-ten-minutes.cs
// samples/notebooks/01-clicks-in-ten-minutes.ipynb is made from this file; samples/README.md tells how.
#:package Dtic.MLNet@*
#:package TorchSharp-cpu@0.107.0

// %% [markdown]
// # Clicks in ten minutes
//
// From a CSV of clicks to a saved model that answers requests: load, pack, train, evaluate, save, load, ask.
// Run the whole of it with `dotnet run samples/apps/01-clicks-in-ten-minutes.cs`.

// %%
using Dtic.MLNet;
using Microsoft.ML;
using Microsoft.ML.Data;

// %% [markdown]
// ## A CSV of clicks
//
// One row for each time a film was shown to a user: who, when, which film, and whether the user clicked. Any such log will do.
// This one is made up, so that we know more about it than a model can. Everybody likes some genres and not the others, which changes now and then, and films
// are more or less appealing to all. The `chance` that a click was drawn with stands in the last column; the model is not shown it.

// %%
string folder = Directory.CreateDirectory("artifacts/clicks").ToString();
string csv = Path.Combine(folder, "clicks.csv");
WriteClicks(csv, users: 500, impressions: 60);
foreach (string line in File.ReadLines(csv).Take(4)) Console.WriteLine(line);

// %% [markdown]
// ## Load it, and cut it in time
//
// A model is trained on the past and tested on the future. The cut is one moment for all users. Users of the test set bring their last twenty earlier
// interactions along, which are read but not scored.

// %%
var mlContext = new MLContext(seed: 1);
IDataView clicks = mlContext.Data.LoadFromTextFile<Click>(csv, separatorChar: ',', hasHeader: true);
var split = mlContext.Data.TrainTestSplitByTime(clicks, "Time", "User", testFraction: 0.2, contextLength: 20);

// %% [markdown]
// ## Pack prompts
//
// The model reads a user's history as a sentence. A prompt holds up to fifty films to predict, the *targets*, in order of time, each behind the twenty
// interactions before it. `[SUM]` is where the prediction is read off; it stands behind the film and before the outcome, which it does not see.

// %%
var packPrompts = mlContext.Transforms.PackPrompts("Prompt",
    userColumnName: "User", timeColumnName: "Time", labelColumnName: "Label",
    categoricalColumnNames: ["Film", "Genre"],
    contextLength: 20, targetsPerPrompt: 50);
var packer = packPrompts.Fit(split.TrainSet);
IDataView prompts = packer.Transform(split.TrainSet);

int[] first = prompts.GetColumn<int[]>("Prompt").First();
Console.WriteLine($"{first.Length} tokens. They begin: {packer.DescribePrompt(first.Take(12))} ...");

// %% [markdown]
// What does that save? The usual way makes one prompt for every target and encodes the same history again and again.
// `EstimateCost` counts on your own data, before anything is trained.

// %%
var trainer = mlContext.BinaryClassification.Trainers.Dtic(new DticTrainer.Options
{
    NumberOfEpochs = 6,
    Progress = new EpochLines(),
});
Console.WriteLine(trainer.EstimateCost(prompts));

// %% [markdown]
// ## Train
//
// `Append` makes one pipeline of packing and training, as everywhere in ML.NET.

// %%
var model = packPrompts.Append(trainer).Fit(split.TrainSet);

// %% [markdown]
// ## Evaluate
//
// A scored row is a target of the test set with all its columns. ML.NET's own evaluator reads it.
// AUC is the share of pairs, one clicked and one not, that the model puts in the right order: 0.5 is guessing. The best possible AUC is that of
// the chances the clicks were drawn with, which nobody knows in earnest.

// %%
IDataView scored = mlContext.Data.Cache(model.Transform(split.TestSet));
var metrics = mlContext.BinaryClassification.Evaluate(scored);
var best = mlContext.BinaryClassification.EvaluateNonCalibrated(scored, scoreColumnName: "Chance");
Console.WriteLine($"AUC {metrics.AreaUnderRocCurve:F3}, best possible {best.AreaUnderRocCurve:F3}");
Console.WriteLine($"LogLoss {metrics.LogLoss:F3} bits, of the constant click rate {metrics.Entropy:F3} bits");

// %% [markdown]
// ## Save, load, ask
//
// The zip holds packer and model; a service needs nothing else. A request brings the film in question under its own columns, and what the user did
// before in columns that begin with `History`, oldest first.

// %%
string zip = Path.Combine(folder, "clicks.zip");
mlContext.Model.Save(model, split.TrainSet.Schema, zip);
ITransformer loaded = mlContext.Model.Load(zip, out _);
var engine = mlContext.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(loaded);

// %% [markdown]
// Three users: one who clicked on the western and on nothing else, one who clicked on the comedy alone, and one we know nothing about.

// %%
string[] films = ["film10", "film11", "film12", "film13", "film14"];   // one of each genre
Console.WriteLine($"{"",-10}{"western fan",12}{"comedy fan",12}{"new user",12}");
foreach (string film in films)
{
    float western = Ask(film, "western"), comedy = Ask(film, "comedy"), unknown = Ask(film, null);
    Console.WriteLine($"{GenreOf(film),-10}{western,12:P0}{comedy,12:P0}{unknown,12:P0}");
}

engine.Dispose();

float Ask(string film, string? favorite)
{
    string[] history = favorite is null ? [] : [.. films, .. films];
    return engine.Predict(new ClickRequest
    {
        Film = film,
        Genre = GenreOf(film),
        HistoryFilm = history,
        HistoryGenre = [.. history.Select(GenreOf)],
        HistoryLabel = [.. history.Select(seen => GenreOf(seen) == favorite)],
    }).Probability;
}

// %% [markdown]
// The model was never told what a genre is, or that people have favorites. It learned to look what a user clicked on before.
//
// Next: [what packing saves, measured](02-dti-versus-sliding-window.ipynb), and [what a score is worth](03-evaluate-and-explain.ipynb).

// %% tags=["declarations"]
// What the other cells use. Skip it on a first reading.
static int GenreNumber(string film) => int.Parse(film.AsSpan("film".Length)) % 5;

static string GenreOf(string film) =>
    ((string[])["comedy", "crime", "drama", "romance", "western"])[GenreNumber(film)];

static void WriteClicks(string path, int users, int impressions)
{
    var random = new Random(1);
    string[] films = [.. Enumerable.Range(0, 100).Select(number => $"film{number:D2}")];
    double[] appeal = [.. films.Select(_ => (2 * random.NextDouble()) - 1)];
    bool[][] likes = [.. Enumerable.Range(0, users).Select(_ => random.GetItems([true, false], 5))];
    using var csv = new StreamWriter(path);
    csv.WriteLine("user,time,film,genre,clicked,chance");
    for (int moment = 0; moment < impressions; moment++)
    {
        for (int user = 0; user < users; user++)
        {
            if (random.NextDouble() < 0.02) likes[user] = random.GetItems([true, false], 5);
            int film = random.Next(films.Length);
            double taste = likes[user][GenreNumber(films[film])] ? 1.5 : -2.5, chance = 1 / (1 + Math.Exp(-taste - appeal[film]));
            long time = 1_750_000_000 + (86_400 * moment);
            int clicked = random.NextDouble() < chance ? 1 : 0;
            csv.WriteLine(FormattableString.Invariant(
                $"user{user:D3},{time},{films[film]},{GenreOf(films[film])},{clicked},{chance:F3}"));
        }
    }
}

internal sealed class Click
{
    [LoadColumn(0)] public string User { get; set; } = "";
    [LoadColumn(1)] public long Time { get; set; }
    [LoadColumn(2)] public string Film { get; set; } = "";
    [LoadColumn(3)] public string Genre { get; set; } = "";
    [LoadColumn(4), ColumnName("Label")] public bool Clicked { get; set; }
    [LoadColumn(5)] public float Chance { get; set; }
}

internal sealed class ClickRequest
{
    public string Film { get; set; } = "";
    public string Genre { get; set; } = "";
    public string[] HistoryFilm { get; set; } = [];
    public string[] HistoryGenre { get; set; } = [];
    public bool[] HistoryLabel { get; set; } = [];
}

internal sealed class ClickPrediction
{
    public float Probability { get; set; }
}

internal sealed class EpochLines : IProgress<DticTrainingProgress>
{
    public void Report(DticTrainingProgress value)
    {
        int stepsPerEpoch = value.NumberOfSteps / value.NumberOfEpochs;
        if (value.Step % stepsPerEpoch == 0) Console.WriteLine($"Epoch {value.Epoch}: mean loss {value.Loss:F3} nats");
    }
}
