// dotnet run samples/apps/02-dti-versus-sliding-window.cs
// samples/notebooks/02-dti-versus-sliding-window.ipynb is made from this file; samples/README.md tells how.
#:package Dtic.MLNet@*
#:package TorchSharp-cpu@0.107.0

// %% [markdown]
// # Dynamic Target Isolation against sliding windows
//
// The usual way to train a click model of this kind makes one prompt for each target: its *n* last interactions, then the target. The next target's
// prompt holds nearly the same interactions, and all of them are encoded again. Dynamic Target Isolation
// ([Lin et al. 2025](https://arxiv.org/abs/2503.01001)) puts *k* targets behind one another into one prompt and masks attention, so that each still
// sees its own window of *n* interactions and no more. An interaction is then encoded about (n + k) / k times instead of n + 1 times.
//
// Here the same data, seed, network and optimizer steps are trained both ways: what does it save, and what does it change?
// Run the whole of it with `dotnet run samples/apps/02-dti-versus-sliding-window.cs`: about a minute on two cores.

// %%
using System.Diagnostics;
using Dtic.MLNet;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using static System.FormattableString;

// %% [markdown]
// ## Listeners
//
// Three hundred listeners, each played a hundred songs; the label says whether they listened to the end. A listener likes some moods and
// skips the others. Which ones can only be told from what they did before, and it changes now and then.

// %%
var mlContext = new MLContext(seed: 1);
Play[] plays = [.. Enumerable.Range(0, 300).SelectMany(Listen)];
IDataView view = mlContext.Data.LoadFromEnumerable(plays);
var split = mlContext.Data.TrainTestSplitByTime(view, "Time", "User", testFraction: 0.2, contextLength: 20);
Console.WriteLine($"{plays.Length:N0} plays, {plays.Average(play => play.Finished ? 1 : 0):P0} to the end");

// %% [markdown]
// ## One function trains all
//
// `targetsPerPrompt` is the only thing that differs: 1 is a sliding window, 50 packs fifty targets, 0 packs a listener's whole history.
// A sliding window is trained by the same code with the same kernels, so nothing but the packing is measured.

// %%
Run Train(int targetsPerPrompt, ContextAttention attention = ContextAttention.Isolated)
{
    var packer = mlContext.Transforms.PackPrompts("Prompt", "User", "Time", "Finished",
        categoricalColumnNames: ["Song", "Mood"],
        contextLength: 20, targetsPerPrompt: targetsPerPrompt).Fit(split.TrainSet);
    var trainer = mlContext.BinaryClassification.Trainers.Dtic(new DticTrainer.Options
    {
        LabelColumnName = "Finished",
        ContextAttention = attention,
        NumberOfEpochs = 2,
        Seed = 1,
    });
    IDataView prompts = mlContext.Data.Cache(packer.Transform(split.TrainSet));
    TrainingCost cost = trainer.EstimateCost(prompts);
    long begin = Stopwatch.GetTimestamp();
    var scorer = trainer.Fit(prompts);
    return new Run(packer, scorer, cost, Stopwatch.GetElapsedTime(begin));
}

// %% [markdown]
// The first training of a process also loads torch and compiles the kernels. So one is run before the clock counts.

// %%
Train(targetsPerPrompt: 50);
Run packed = Train(targetsPerPrompt: 50);
Run whole = Train(targetsPerPrompt: 0);
Run sliding = Train(targetsPerPrompt: 1);
var runs = new[] { ("sliding windows", sliding), ("50 per prompt", packed), ("whole histories", whole) };

// %% [markdown]
// ## What it saves
//
// `EstimateCost` says before training how many tokens and operations an epoch takes, and how many it would take in sliding windows. Measured time
// gains less: what a step costs beside the tokens, such as the optimizer's part, is the same for both, and weighs more the smaller the network is.

// %%
Console.WriteLine($"{"",-18}{"prompts",10}{"tokens",12}{"GFLOP",10}");
foreach (var (name, run) in runs)
{
    var (prompts, epoch) = (run.Cost.NumberOfPrompts, run.Cost.Packed);
    Console.WriteLine($"{name,-18}{prompts,10:N0}{epoch.Tokens,12:N0}{epoch.Flops / 1e9,10:N0}");
}

double faster = sliding.Time / packed.Time, fasterWhole = sliding.Time / whole.Time;
Show("cost.svg", Chart.Bars("How many times less than sliding windows",
[
    ("tokens, 50 per prompt", packed.Cost.TokenRatio, $"{packed.Cost.TokenRatio:F1}×", Chart.Blue),
    ("operations", packed.Cost.FlopRatio, $"{packed.Cost.FlopRatio:F1}×", Chart.Blue),
    ("measured time", faster, $"{faster:F0}×", Chart.Orange),
    ("tokens, whole histories", whole.Cost.TokenRatio, $"{whole.Cost.TokenRatio:F1}×", Chart.Blue),
    ("operations", whole.Cost.FlopRatio, $"{whole.Cost.FlopRatio:F1}×", Chart.Blue),
    ("measured time", fasterWhole, $"{fasterWhole:F0}×", Chart.Orange),
]));

// %% [markdown]
// ## What it changes: quality
//
// The same targets in steps of the same size, but not in the same order: a packed step hears fewer listeners, and more of each. The areas under the ROC
// curve on the test set say what that comes to. Here it comes to nothing; it would with a `BatchSize` so small that a step hears one listener or two.

// %%
foreach (var (name, run) in runs)
{
    IDataView scored = run.Scorer.Transform(run.Packer.Transform(split.TestSet));
    var metrics = mlContext.BinaryClassification.Evaluate(scored, labelColumnName: "Finished");
    Console.WriteLine($"{name,-18} AUC {metrics.AreaUnderRocCurve:F3}   LogLoss {metrics.LogLoss:F3} bits");
}

// %% [markdown]
// ## What it changes: scores
//
// A service scores one target at a time, behind the newest *n* interactions. Does a packed score say the same? With the default,
// `ContextAttention.Isolated`, it does, to rounding: interactions do not read each other, only targets read them, so it makes no difference who else is
// in the prompt.

// %%
var model = packed.Packer.Append(packed.Scorer);
Console.WriteLine(DticDiagnostics.ComparePackedToSlidingWindow(model, split.TestSet));

// %% [markdown]
// With `ContextAttention.Windowed` interactions do read the ones before them. Each looks back *n* interactions, so through two layers a target hears from
// about 2 *n* back, but only if they are in its prompt: packed and one at a time are no longer the same. Such a model is therefore scored one at a time
// unless you ask for more speed.

// %%
Run windowed = Train(targetsPerPrompt: 50, ContextAttention.Windowed);
var leaky = windowed.Packer.Append(windowed.Scorer);
Console.WriteLine(DticDiagnostics.ComparePackedToSlidingWindow(leaky, split.TestSet));

// %% [markdown]
// The same in a picture: 500 targets, across their score alone, up their score in the packed prompt.

// %%
Show("scores.svg", Chart.Scatter("Packed scores against scores one at a time",
    [("Isolated (default)", Pairs(packed)), ("Windowed", Pairs(windowed))]));

(float X, float Y)[] Pairs(Run run) =>
    [.. Scores(run, ScoringMode.OneAtATime).Zip(Scores(run, ScoringMode.Packed)).Take(500)];

IEnumerable<float> Scores(Run run, ScoringMode mode) =>
    run.Scorer.WithScoringMode(mode).Transform(run.Packer.Transform(split.TestSet)).GetColumn<float>("Score");

// %% [markdown]
// [docs/benchmarks.md](../../docs/benchmarks.md) measures the same with care: wider networks, longer histories, real data, and sliding windows as one
// would write them without this library.

// %% tags=["declarations"]
// What the other cells use. Skip it on a first reading.
static IEnumerable<Play> Listen(int listener)
{
    var random = new Random(listener);
    bool[] likes = random.GetItems([true, false], 4);   // of each mood
    for (int hour = 0; hour < 100; hour++)
    {
        if (random.NextDouble() < 0.02) likes = random.GetItems([true, false], 4);
        int song = random.Next(100), mood = song % 4;
        yield return new Play
        {
            User = listener,
            Time = (100 * hour) + random.Next(100),
            Song = song,
            Mood = ((string[])["calm", "happy", "sad", "wild"])[mood],
            Finished = random.NextDouble() < (likes[mood] ? 0.85 : 0.1),
        };
    }
}

static void Show(string name, string svg)
{
    string path = Path.Combine(Directory.CreateDirectory("artifacts/sliding-window").ToString(), name);
    File.WriteAllText(path, svg);
    Console.WriteLine($"Wrote {path}");
}

internal sealed class Play
{
    public int User { get; set; }
    public long Time { get; set; }
    public int Song { get; set; }
    public string Mood { get; set; } = "";
    public bool Finished { get; set; }
}

internal sealed record Run(
    PromptPackingTransformer Packer, DticPredictionTransformer Scorer, TrainingCost Cost, TimeSpan Time);

// Two kinds of chart, legible on light and dark pages.
internal static class Chart
{
    public const string Blue = "#4c8dd6", Orange = "#d9822b";

    public static string Bars(string title, (string Name, double Value, string Text, string Color)[] bars)
    {
        double scale = 420 / bars.Max(bar => bar.Value);
        return Svg(title, 60 + (30 * bars.Length), bars.Select((bar, i) => Invariant($"""
            <text x="190" y="{65 + (30 * i)}" text-anchor="end">{bar.Name}</text>
            <rect x="200" y="{50 + (30 * i)}" width="{scale * bar.Value:F1}" height="20" rx="3" fill="{bar.Color}"/>
            <text x="{208 + (scale * bar.Value):F1}" y="{65 + (30 * i)}">{bar.Text}</text>
            """)));
    }

    // Square panels side by side, all with the same axes from corner to corner and the line where both scores are equal.
    public static string Scatter(string title, (string Name, (float X, float Y)[] Points)[] panels)
    {
        var all = panels.SelectMany(panel => panel.Points).ToList();
        float low = all.Min(point => Math.Min(point.X, point.Y)), high = all.Max(point => Math.Max(point.X, point.Y));
        return Svg(title, 390, panels.Select((panel, i) => Invariant($"""
            <g transform="translate({30 + (340 * i)},70)"><text x="150" y="-12" text-anchor="middle">{panel.Name}</text>
            <path d="M0 300L300 0M0 0V300H300" fill="none" stroke="currentColor" opacity=".4"/>
            <path d="{Dots(panel.Points)}" stroke="{Blue}" stroke-width="5" stroke-linecap="round" opacity=".6"/></g>
            """)));

        string Dots((float X, float Y)[] points) =>
            string.Concat(points.Select(point => Invariant($"M{At(point.X):F0} {300 - At(point.Y):F0}h0")));

        float At(float score) => 300 * (score - low) / (high - low);
    }

    private static string Svg(string title, int height, IEnumerable<string> body) => Invariant($$"""
        <svg xmlns="http://www.w3.org/2000/svg" class="chart" role="img" aria-label="{{title}}"
          width="700" height="{{height}}" viewBox="0 0 700 {{height}}">
        <style>.chart { background: #fff; color: #24292f; font: 14px system-ui, sans-serif }
        .chart text { fill: currentColor }
        @media (prefers-color-scheme: dark) { .chart { background: #0d1117; color: #e6edf3 } }</style>
        <text x="30" y="30" font-weight="600">{{title}}</text>
        {{string.Join('\n', body)}}
        </svg>
        """);
}
