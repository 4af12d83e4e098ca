using System.Diagnostics;
using Dtic.MLNet;
using Dtic.Transforms;
using Microsoft.ML;

namespace Dtic.Benchmarks.Parity;

/// <summary>Trains one variant with one seed through the public API and measures it on the test set, one target at a time and packed.</summary>
internal sealed class ParityRun(MLContext mlContext, ParityData data, ParityVariant variant, int seed)
{
    private const double AucTolerance = 1e-6;

    /// <param name="options">What all variants share.</param>
    /// <param name="packedTargets">Targets per prompt of the packed scores of a model that was trained with sliding windows.</param>
    public (ParityResult Result, ScoredTarget[] Scores) Do(DticTrainer.Options options, int packedTargets)
    {
        variant.Configure(options);
        options.Seed = seed;
        options.Progress = new Lines();
        var train = Packed(variant.TargetsPerPrompt).Transform(data.Train);
        var clock = Stopwatch.StartNew();
        using var model = new DticTrainer(mlContext, options).Fit(train);
        double seconds = clock.Elapsed.TotalSeconds;

        // A vocabulary does not depend on k: prompts of any packing suit the model.
        var test = Packed(variant.TargetsPerPrompt == 1 ? packedTargets : variant.TargetsPerPrompt).Transform(data.Test);
        var alone = Score(model, test, ScoringMode.OneAtATime);
        var packed = Score(model, test, ScoringMode.Packed);
        return (new ParityResult(data.Name, variant.Family, variant.TargetsPerPrompt, seed, Measure(alone), Measure(packed), seconds), alone);
    }

    private PromptPackingTransformer Packed(int targetsPerPrompt) => mlContext.Transforms.PackPrompts(data.Packing(targetsPerPrompt)).Fit(data.Train);

    private ScoredTarget[] Score(DticPredictionTransformer model, IDataView test, ScoringMode mode)
    {
        using var scorer = model.WithScoringMode(mode);
        return [.. mlContext.Data.CreateEnumerable<ScoredTarget>(scorer.Transform(test), reuseRowObject: false)];
    }

    /// <summary>ML.NET's own figures; LogLoss in nats.</summary>
    private Quality Measure(ScoredTarget[] targets)
    {
        var metrics = mlContext.BinaryClassification.Evaluate(mlContext.Data.LoadFromEnumerable(targets));
        double auc = ParityScores.Of(targets).Auc.Value();
        if (!(Math.Abs(auc - metrics.AreaUnderRocCurve) <= AucTolerance))
            throw new InvalidOperationException($"The bootstrap's AUC is {auc:R} where ML.NET's is {metrics.AreaUnderRocCurve:R}.");
        return new Quality(metrics.AreaUnderRocCurve, metrics.F1Score, metrics.LogLoss * Math.Log(2));
    }

    /// <summary>A line now and then.</summary>
    private sealed class Lines : IProgress<DticTrainingProgress>
    {
        private static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);
        private TimeSpan _next = Interval;

        public void Report(DticTrainingProgress value)
        {
            if (value.Elapsed < _next) return;
            _next = value.Elapsed + Interval;
            Console.WriteLine($"  step {value.Step} of {value.NumberOfSteps}, loss {value.Loss:F4}, {(long)value.Remaining.TotalHours}:{value.Remaining:mm\\:ss} left");
        }
    }
}
