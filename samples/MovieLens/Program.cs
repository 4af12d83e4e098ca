using System.Diagnostics;
using System.Globalization;
using Dtic.MLNet;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using MovieLens;
using Spectre.Console;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
if (Arguments.Parse(args) is not { } arguments) return 1;
var mlContext = new MLContext(seed: 1);
var total = Stopwatch.StartNew();

// 1. The data: every competitor trains on the same targets and is measured on the same targets.
MovieLensSplit split;
try
{
    split = new MovieLensSplit(MovieLensData.Read(arguments.Folder), arguments.Order);
}
catch (InvalidDataException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
Console.WriteLine($"{split.Rows.Count:N0} ratings; targets: {split.CountTargets(Part.Train):N0} train, {split.CountTargets(Part.Validation):N0} validation, {split.CountTargets(Part.Test):N0} test");
Console.WriteLine(arguments.Order == OrderRule.Protocol
    ? "Order: protocol. A row sees every earlier row of its user, those of its own second included, as published figures have it."
    : "Order: strict in time. A row sees the outcomes of strictly earlier seconds only, as a service would.");
IDataView train = mlContext.Data.LoadFromEnumerable(split.Through(Part.Train));
IDataView validation = mlContext.Data.LoadFromEnumerable(split.Through(Part.Validation));   // earlier rows come along as context
IDataView test = mlContext.Data.LoadFromEnumerable(split.Through(Part.Test));

// 2. Prompts: a movie is one token for itself and one per genre; the user's description stands in front of the prompt.
var packPrompts = mlContext.Transforms.PackPrompts(new()
{
    UserColumnName = "UserId",
    TimeColumnName = "Timestamp",
    LabelColumnName = "Label",
    CategoricalColumnNames = ["MovieId", "Genres"],
    Separators = { ["Genres"] = '|' },
    UserColumnNames = split.DescribesUsers ? ["Gender", "Age", "Occupation"] : [],
    MinimumCount = 5,
    ContextLength = 50,
    TargetsPerPrompt = 50,
    OutcomeOrder = arguments.Order == OrderRule.Protocol ? OutcomeOrder.RowOrder : OutcomeOrder.StrictTime,
});

var options = new DticTrainer.Options
{
    WeightDecay = 0.1,
    ValidationsPerEpoch = 2,
    EarlyStoppingRounds = 3,
    CheckpointFolder = arguments.Checkpoints,
    ResumeFromCheckpoint = arguments.Resume,
};

// What would spoil the training or its evaluation, told before time is spent on it.
var check = DticDiagnostics.Check(packPrompts, mlContext.BinaryClassification.Trainers.Dtic(options), train, test, validation);
if (check.ToString(CheckSeverity.Warning) is { Length: > 0 } warnings) Console.WriteLine(warnings);

// 3. Training. The validation part decides whose weights are kept; the test part stays unseen. MLContext.Log says the same in lines; here it is a bar.
var clock = Stopwatch.StartNew();
var packer = packPrompts.Fit(train);
DticPredictionTransformer trained;
try
{
    using var stopKey = new StopKey();
    trained = Display.Show("Training", display =>
    {
        options.Progress = display;
        options.CancellationToken = stopKey.Token;
        return mlContext.BinaryClassification.Trainers.Dtic(options).Fit(packer.Transform(train), packer.Transform(validation));
    });
}
catch (OperationCanceledException)
{
    Console.WriteLine(StopKey.Farewell(arguments.Checkpoints));
    return 130;   // what shells report of a program that Ctrl-C ended
}
catch (Exception problem) when (arguments.Checkpoints is not null && problem is InvalidOperationException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
var model = new TransformerChain<ITransformer>(packer).Append(trained);
double seconds = clock.Elapsed.TotalSeconds;
var training = trained.Model.Training!;
Console.WriteLine($"{training.End} after {training.Steps:N0} of {training.NumberOfSteps:N0} steps; best validation: AUC {training.BestValidation!.AreaUnderRocCurve:F4} after step {training.BestStep:N0}.");

// 4. Scores, one row per test target, as a service would give them.
int targets = split.CountTargets(Part.Test);
Console.WriteLine($"Trained in {(long)clock.Elapsed.TotalHours}:{clock.Elapsed:mm\\:ss}. Scoring the test targets ({model.LastTransformer.ScoringMode}).");
var scored = Display.Show("Scoring", display =>
    display.Count(mlContext.Data.CreateEnumerable<ScoredTarget>(model.Transform(test), reuseRowObject: false), targets).ToArray());

// 5. Evaluation, beside what a .NET user would train today.
Console.WriteLine("Training the peers: FieldAwareFactorizationMachine and LightGBM.");
var table = new Table().AddColumns("Test set", "AUC", "Grouped AUC", "F1", "LogLoss (nats)", "Training");
foreach (PeerResult result in Peers.Run(mlContext, split).Append(PeerResult.Measure(mlContext, "Dtic (DTI)", mlContext.Data.LoadFromEnumerable(scored), seconds)))
{
    table.AddRow(result.Name, $"{result.Auc:F4}", $"{result.PerUserAuc:F4}", $"{result.F1:F4}", $"{result.LogLoss:F4}", $"{result.TrainingSeconds:N0} s");
}
AnsiConsole.Write(table);
PromptStatistics cost = packer.Measure(train);
Console.WriteLine($"Tokens per epoch: {cost.Tokens:N0} packed, {cost.SlidingWindowTokens:N0} in sliding windows: {(double)cost.SlidingWindowTokens / cost.Tokens:F1} times fewer.");

// 6. A report: intervals, calibration, slices and drift of the test set.
if (arguments.Report is { } file)
{
    TestReport.Write(file, mlContext, split, scored, trained.Model);
    Console.WriteLine($"Wrote {file}");
}
Console.WriteLine($"Whole run: {(long)total.Elapsed.TotalHours}:{total.Elapsed:mm\\:ss}.");
return 0;

/// <summary>What is read back of a scored target.</summary>
internal sealed class ScoredTarget
{
    public string UserId { get; set; } = "";
    public string MovieId { get; set; } = "";
    public long Timestamp { get; set; }
    public DateTime Time => DateTimeOffset.FromUnixTimeSeconds(Timestamp).UtcDateTime;

    [ColumnName("Prompt.HistoryLength")]
    public int HistoryLength { get; set; }
    public bool Label { get; set; }
    public float Score { get; set; }
    public float Probability { get; set; }
    public bool PredictedLabel { get; set; }
}
