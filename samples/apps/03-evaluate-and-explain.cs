// dotnet run samples/apps/03-evaluate-and-explain.cs
// samples/notebooks/03-evaluate-and-explain.ipynb is made from this file; samples/README.md tells how.
#:package Dtic.MLNet@*
#:package Dtic.MLNet.Reporting@*
#:package TorchSharp-cpu@0.107.0

// %% [markdown]
// # Evaluate and explain
//
// One AUC says little. How sure is it? Is a promised 30 % really 30 %? What of new users and new items? And why did this user get this score?
// Run the whole of it with `dotnet run samples/apps/03-evaluate-and-explain.cs`.

// %%
using Dtic.MLNet;
using Dtic.MLNet.Evaluation;
using Dtic.MLNet.Reporting;
using Microsoft.ML;

// %% [markdown]
// ## A shop
//
// Shoppers join over a hundred days, so that some have a long history and some have none. They like some departments and not others. Every other day a new
// offer appears: the last ones were never seen in training. Some offers are better than others.

// %%
var mlContext = new MLContext(seed: 1);
Visit[] visits = [.. Enumerable.Range(0, 600).SelectMany(Shop).OrderBy(visit => visit.Day)];
IDataView view = mlContext.Data.LoadFromEnumerable(visits);
var split = mlContext.Data.TrainTestSplitByTime(view, "Day", "Shopper", testFraction: 0.2, contextLength: 20);
Console.WriteLine($"{visits.Length:N0} offers shown, {visits.Average(visit => visit.Label ? 1 : 0):P0} clicked");

// %%
var model = mlContext.Transforms.PackPrompts("Prompt", "Shopper", "Day", "Label",
        categoricalColumnNames: ["Offer", "Department"], contextLength: 20)
    .Append(mlContext.BinaryClassification.Trainers.Dtic(numberOfEpochs: 6))
    .Fit(split.TrainSet);
IDataView scored = mlContext.Data.Cache(model.Transform(split.TestSet));

// %% [markdown]
// ## How good, and how sure
//
// `EvaluateClicks` knows what ML.NET's evaluator does not: who the users are. Rows of one user resemble each other, which the intervals take into account.
// *Grouped AUC* compares only rows of the same user, which is what a ranking shown to that user depends on. *Normalized entropy* is the log-loss as a
// share of what the constant click rate loses: below 1 something was learned.

// %%
ClickMetrics metrics = mlContext.BinaryClassification.EvaluateClicks(scored, new ClickEvaluationOptions
{
    UserColumnName = "Shopper",
    HistoryLengthColumnName = "Prompt.HistoryLength",
    ItemColumnName = "Offer",
    TrainingData = split.TrainSet,
});
Console.WriteLine(metrics);

// %% [markdown]
// The slices at the end say where the model is weak. Of a shopper without a history it knows only the offer. Of an offer that it has never seen it
// knows only the department, and that is nearly enough here.
//
// ## Is 30 % really 30 %?
//
// Rows in ten groups of equal size, by their probability. In a group of 600, chance alone moves the observed rate by up to four points. Where it differs
// by more, the trainer's `Calibration` option helps ([docs/training.md](../../docs/training.md)).

// %%
Console.WriteLine($"{"rows",6}{"promised",10}{"observed",10}");
foreach (CalibrationBin bin in metrics.Calibration)
{
    Console.WriteLine($"{bin.Count,6}{bin.MeanProbability,10:P0}{bin.ObservedRate,10:P0}");
}

// %% [markdown]
// ## Why this score?
//
// A shopper who clicked on toys and on nothing else is shown one more toy. `Explain` leaves out each interaction of the history in turn and scores again.
// What falls is what the score stood on.

// %%
string[] seen = [.. ((int[])[1, 12, 3, 4, 6, 7, 2, 8, 0, 9]).Select(number => $"offer{number}")];
var request = new OfferRequest
{
    Offer = "offer22",
    Department = DepartmentOf("offer22"),
    HistoryOffer = seen,
    HistoryDepartment = [.. seen.Select(DepartmentOf)],
    HistoryLabel = [.. seen.Select(offer => DepartmentOf(offer) == "toys")],
};
ScoreExplanation explanation = DticDiagnostics.Explain(model, request);
Show("explanation.svg", explanation.ToSvg());

// %% [markdown]
// The toys carry it, the last one most, and the other departments hardly matter. Such effects say what the model does, not why people click; and they
// need not sum to the whole, because of two toys each still speaks when the other is left out.
//
// ## One page for all of it
//
// The report holds curves, calibration, slices, the network and what its training cost, in one file. [docs/evaluation.md](../../docs/evaluation.md) says what
// every figure means.

// %%
var report = new ClickReport
{
    Title = "Will the shopper click?",
    Metrics = metrics,
    Model = model.LastTransformer.Model,
};
Show("report.html", report.ToHtml());

// %% tags=["declarations"]
// What the other cells use. Skip it on a first reading.
static int Number(string offer) => int.Parse(offer.AsSpan("offer".Length));

static string DepartmentOf(string offer) =>
    ((string[])["books", "garden", "toys", "music", "sports"])[Number(offer) % 5];

static IEnumerable<Visit> Shop(int shopper)
{
    var random = new Random(shopper);
    bool[] likes = random.GetItems([true, false], 5);   // of each department
    for (int day = random.Next(100); day < 100; day++)
    {
        if (random.NextDouble() < 0.02) likes = random.GetItems([true, false], 5);
        string offer = $"offer{random.Next(60 + (day / 2))}";
        double quality = Math.Sin(Number(offer) * 7919);   // as good as drawn, and the same for all
        double taste = likes[Number(offer) % 5] ? 1.5 : -2.5;
        yield return new Visit
        {
            Shopper = shopper,
            Day = day,
            Offer = offer,
            Department = DepartmentOf(offer),
            Label = random.NextDouble() < 1 / (1 + Math.Exp(-taste - quality)),
        };
    }
}

static void Show(string name, string content)
{
    string path = Path.Combine(Directory.CreateDirectory("artifacts/evaluate").ToString(), name);
    File.WriteAllText(path, content);
    Console.WriteLine($"Wrote {path}");
}

internal sealed class Visit
{
    public int Shopper { get; set; }
    public int Day { get; set; }
    public string Offer { get; set; } = "";
    public string Department { get; set; } = "";
    public bool Label { get; set; }
}

internal sealed class OfferRequest
{
    public string Offer { get; set; } = "";
    public string Department { get; set; } = "";
    public string[] HistoryOffer { get; set; } = [];
    public string[] HistoryDepartment { get; set; } = [];
    public bool[] HistoryLabel { get; set; } = [];
}
