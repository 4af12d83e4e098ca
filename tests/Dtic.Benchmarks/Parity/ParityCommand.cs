using System.Diagnostics;
using Dtic.MLNet;
using Microsoft.ML;

namespace Dtic.Benchmarks.Parity;

/// <summary>Quality of DTI against sliding windows: same targets, same updates, same schedule, both scored one target at a time and packed.</summary>
internal static class ParityCommand
{
    public static void Run(CommandLine line)
    {
        int width = line.Number("d", 64), layers = line.Number("layers", 2), heads = line.Number("heads", 4), window = line.Number("n", 20, 0);
        int threads = line.Number("threads", Environment.ProcessorCount), seed = line.Number("seed", 1);
        int generated = line.Number("generated", line.Quick ? 12 : 250, 0), users = line.Number("users", line.Quick ? 20 : 400);
        int seeds = line.Number("seeds", line.Quick ? 1 : 3), epochs = line.Number("epochs", line.Quick ? 1 : 3), batch = line.Number("batch", 256), resamples = line.Number("resamples", line.Quick ? 100 : 1000);
        int[] counts = line.Numbers("k", [50, 0], 0);
        string? folder = line.Text("ml-1m");
        string[]? only = line.Text("only")?.Split(';');
        bool resume = line.Switch("resume");
        line.RefuseUnread();

        string machine = Machine.Describe(threads, seed);
        Console.WriteLine(machine);
        var mlContext = new MLContext(seed);
        var variants = ParityVariant.All(counts).Where(v => v.IsTwin || only is null || only.Any(o => v.Name.StartsWith(o, StringComparison.Ordinal))).ToArray();
        int packedTargets = counts.FirstOrDefault(k => k > 1, 50);
        string settings = $"d={width} layers={layers} heads={heads} n={window} epochs={epochs} batch={batch} packed={packedTargets} {string.Join(' ', line.Passed())}".Trim();
        var log = new ParityLog(line.Output, settings, resume);
        var sets = new List<ParityData>();
        if (generated > 0) sets.Add(ParityData.Generated(mlContext, generated, window));
        if (folder is not null) sets.Add(ParityData.MovieLens(mlContext, folder, users, window));

        var clock = Stopwatch.StartNew();
        int run = 0, runs = sets.Count * variants.Length * seeds;
        foreach (var data in sets)
        {
            var results = new List<(ParityVariant Variant, ParityResult Result)>();
            for (int s = 0; s < seeds; s++)
            {
                foreach (var variant in variants)
                {
                    var result = log.Find(data, variant, seed + s);
                    Console.WriteLine($"Run {++run} of {runs} ({(long)clock.Elapsed.TotalHours}:{clock.Elapsed:mm\\:ss}): {data.Name}, {variant.Name}, seed {seed + s}{(result is null ? "" : ": there already")}");
                    if (result is null)
                    {
                        (result, var scores) = new ParityRun(mlContext, data, variant, seed + s).Do(Options(), packedTargets);
                        log.Add(result, scores);
                    }
                    Console.WriteLine($"  AUC {result.Alone.Auc:F4}, F1 {result.Alone.F1:F4}, LogLoss {result.Alone.LogLoss:F4}; packed AUC {result.Packed.Auc:F4}; trained in {result.TrainingSeconds:F1} s");
                    results.Add((variant, result));
                }
            }
            Console.WriteLine(line.Command);
            Console.WriteLine(machine);
            ParityTable.Print(line, data.Name, variants, results.ToLookup(r => r.Variant, r => r.Result), log, resamples);
        }

        DticTrainer.Options Options()
        {
            var options = new DticTrainer.Options
            {
                EmbeddingDimension = width,
                NumberOfLayers = layers,
                NumberOfHeads = heads,
                NumberOfEpochs = epochs,
                BatchSize = batch,
                NumberOfThreads = threads,
            };
            line.Apply(options);
            return options;
        }
    }
}
