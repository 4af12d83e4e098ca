using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using Dtic.MLNet.Training.Checkpoints;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training.Checkpoints;

/// <summary>A training of a few milliseconds with everything that a checkpoint has to hold: dropout, several workers, validations, best weights, early stopping.</summary>
internal static class TinyTraining
{
    public static readonly TrainingOptions Options = new(
        NumberOfEpochs: 3, BatchSize: 10, LearningRate: 0.02, WeightDecay: 0.01, DropoutRate: 0.1, WarmupFraction: 0.1,
        MaximumGradientNorm: 1, MaximumTokensPerPass: 60, NumberOfThreads: 2, Seed: 1)
    { ValidationInterval = 2 };

    public static PromptStore Training { get; } = Store(seed: 1, labels: 37);

    public static PromptStore Validation { get; } = Store(seed: 2, labels: 20);

    public static ModelConfiguration Model { get; } = TestModels.Configuration(layers: 1);

    public static TrainingLoop Loop(TrainingOptions? options = null, bool validates = true) =>
        new(Training, TestModels.Weights(Model), options ?? Options, CPU, validates ? Validation : null);

    public static Checkpointer Checkpointer(CheckpointFolder folder, TrainingLoop loop, List<string> log, TrainingOptions? options = null) => new(
        folder, loop, RunDescription.Of(options ?? Options, Model, Training, Validation, "cpu"), TimeSpan.FromDays(1), steps: 1, log.Add, warning => log.Add("! " + warning));

    /// <summary>Trains to the end, or until so many steps are done.</summary>
    public static TrainingResult? Run(TrainingLoop loop, Action? stepDone = null, int? stopAfter = null)
    {
        try
        {
            return loop.Run(StepDone, () => { });
        }
        catch (OperationCanceledException) when (stopAfter is not null)
        {
            return null;
        }

        void StepDone(DticTrainingProgress progress)
        {
            stepDone?.Invoke();
            if (progress.Step == stopAfter)
            {
                throw new OperationCanceledException();
            }
        }
    }

    public static float[] Flat(ModelWeights weights) => [.. weights.Configuration.Weights().SelectMany(w => weights[w.Name].ToArray())];

    private static PromptStore Store(int seed, int labels)
    {
        var random = new RandomPrompts(seed);
        var store = new PromptStore();
        while (store.LabeledCount < labels)
        {
            var prompt = random.Next();
            store.Add(prompt, random.Labels(prompt, missing: true));
        }

        return store;
    }
}
