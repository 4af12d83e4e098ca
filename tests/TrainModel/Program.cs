// TrainModel <epochs> <weights> [<checkpoints>]: trains on made-up clicks, prints every step, and writes all weights into a file.
// With a folder for checkpoints it saves after every step, and goes on from what is there.
using System.Runtime.InteropServices;
using Dtic.MLNet;
using Microsoft.ML;

var mlContext = new MLContext(seed: 1);
mlContext.Log += (_, entry) =>
{
    if (entry.Message.Contains("heckpoint", StringComparison.Ordinal)) Console.WriteLine(entry.Message);
};
var random = new Random(1);
var clicks = Enumerable.Range(0, 2000).Select(i => new Click { User = random.Next(20), Time = i, Item = random.Next(50), Label = random.Next(2) == 1 }).ToArray();
var pipeline = mlContext.Transforms.PackPrompts(
        "Prompt", userColumnName: nameof(Click.User), timeColumnName: nameof(Click.Time), categoricalColumnNames: [nameof(Click.Item)], contextLength: 5, targetsPerPrompt: 20)
    .Append(mlContext.BinaryClassification.Trainers.Dtic(new DticTrainer.Options
    {
        EmbeddingDimension = 32,
        NumberOfHeads = 2,
        NumberOfEpochs = int.Parse(args[0], System.Globalization.CultureInfo.InvariantCulture),
        BatchSize = 100,
        NumberOfThreads = 2,
        CheckpointFolder = args.Length > 2 ? args[2] : null,
        CheckpointSteps = 1,
        ResumeFromCheckpoint = args.Length > 2,
        Progress = new Steps(),
    }));
var model = pipeline.Fit(mlContext.Data.LoadFromEnumerable(clicks)).LastTransformer.Model;
using var file = File.Create(args[1]);
foreach (string name in model.WeightNames) file.Write(MemoryMarshal.AsBytes(model.GetWeight(name)));

internal sealed class Click
{
    public int User { get; set; }
    public long Time { get; set; }
    public int Item { get; set; }
    public bool Label { get; set; }
}

internal sealed class Steps : IProgress<DticTrainingProgress>
{
    public void Report(DticTrainingProgress value) => Console.WriteLine(FormattableString.Invariant($"step {value.Step}"));
}
