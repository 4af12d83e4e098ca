using System.Globalization;
using Dtic.MLNet;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using QuickStart;
using Spectre.Console;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
var mlContext = new MLContext(seed: 1);

// 1. Interactions: who was shown what, when, and whether they clicked. Here they are made, with click probabilities that we know.
IReadOnlyList<Interaction> rows = InteractionGenerator.Generate();
IDataView interactions = mlContext.Data.LoadFromEnumerable(rows);
Console.WriteLine($"{rows.Count:N0} interactions of {rows.Select(row => row.UserId).Distinct().Count()} users, {rows.Average(row => row.Label ? 1 : 0):P1} clicks");

// 2. Train on the past, test on the future. Test users bring their last 20 earlier interactions along as context.
var split = mlContext.Data.TrainTestSplitByTime(interactions, "Timestamp", "UserId", testFraction: 0.2, contextLength: 20);

// 3. Pack up to 50 consecutive targets of a user behind one context of 20 interactions.
var packPrompts = mlContext.Transforms.PackPrompts(new()
{
    OutputColumnName = "Prompt",
    UserColumnName = "UserId",
    TimeColumnName = "Timestamp",
    LabelColumnName = "Label",
    CategoricalColumnNames = ["MovieId", "Genres"],
    Separators = { ["Genres"] = '|' },
    TextColumnNames = ["Title"],
    ContextLength = 20,
    TargetsPerPrompt = 50,
});

// 4. Train the transformer, with a live progress bar.
var model = AnsiConsole.Progress()
    .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
    .Start(bars =>
    {
        var bar = bars.AddTask("Training");
        var trainer = mlContext.BinaryClassification.Trainers.Dtic(new DticTrainer.Options
        {
            NumberOfEpochs = 3,
            Progress = new ProgressBar(bar),
        });
        return packPrompts.Append(trainer).Fit(split.TrainSet);
    });

// 5. Evaluate with ML.NET's own evaluator: one row per target, scored exactly as a service would score it.
IDataView scored = mlContext.Data.Cache(model.Transform(split.TestSet));
TestRow[] test = [.. mlContext.Data.CreateEnumerable<TestRow>(scored, reuseRowObject: false)];
float rate = (float)rows.Average(row => row.Label ? 1.0 : 0.0);
var table = new Table().AddColumns("Test set", "AUC", "F1", "LogLoss (bits)");
AddRow("Dtic", mlContext.BinaryClassification.Evaluate(scored));
AddRow("Ceiling: the true probabilities", Evaluate(row => row.TrueProbability));
AddRow("Constant: the click rate", Evaluate(_ => rate));
AnsiConsole.Write(table);

// 6. What packing saves: tokens to encode per epoch, against one prompt per target. And what it changes: nothing beyond rounding.
PromptStatistics cost = model.OfType<PromptPackingTransformer>().Single().Measure(split.TrainSet);
Console.WriteLine($"Tokens per epoch: {cost.Tokens:N0} packed, {cost.SlidingWindowTokens:N0} in sliding windows: {(double)cost.SlidingWindowTokens / cost.Tokens:F1} times fewer");

IDataView fewUsers = mlContext.Data.LoadFromEnumerable(rows.Where(row => string.CompareOrdinal(row.UserId, "user0010") < 0));
PackingComparison packed = DticDiagnostics.ComparePackedToSlidingWindow(model, fewUsers);
Console.WriteLine($"Scored packed instead of one at a time, {packed.NumberOfTargets:N0} logits differ by at most {packed.MaximumDifference:F6}");

// 7. Save, load, and answer one request: a candidate, and what the user did before, oldest first.
mlContext.Model.Save(model, split.TrainSet.Schema, "clicks.zip");
ITransformer loaded = mlContext.Model.Load("clicks.zip", out _);
using var engine = mlContext.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(loaded);
Interaction candidate = rows[^1];
Interaction[] history = [.. rows.Where(row => row.UserId == candidate.UserId && row.Timestamp < candidate.Timestamp)];
var request = new ClickRequest
{
    MovieId = candidate.MovieId,
    Title = candidate.Title,
    Genres = candidate.Genres,
    HistoryMovieId = [.. history.Select(row => row.MovieId)],
    HistoryTitle = [.. history.Select(row => row.Title)],
    HistoryGenres = [.. history.Select(row => row.Genres)],
    HistoryLabel = [.. history.Select(row => row.Label)],
};
ClickPrediction answer = engine.Predict(request);
Console.WriteLine($"Saved clicks.zip ({new FileInfo("clicks.zip").Length / 1024:N0} KiB) and loaded it");
Console.WriteLine($"Will {candidate.UserId} click on '{candidate.Title}' ({candidate.Genres})? {answer.Probability:P1}; the truth is {candidate.TrueProbability:P1}");

// 8. Why? What each interaction of the history adds to the logit, as a table and as a chart.
ScoreExplanation explanation = DticDiagnostics.Explain(loaded, request);
Console.WriteLine(explanation);
File.WriteAllText("explanation.svg", explanation.ToSvg());

void AddRow(string name, CalibratedBinaryClassificationMetrics metrics) =>
    table.AddRow(name, metrics.AreaUnderRocCurve.ToString("F4"), metrics.F1Score.ToString("F4"), metrics.LogLoss.ToString("F4"));

CalibratedBinaryClassificationMetrics Evaluate(Func<TestRow, float> probability) =>
    mlContext.BinaryClassification.Evaluate(mlContext.Data.LoadFromEnumerable(test.Select(row => new Guess(row.Label, probability(row)))));
