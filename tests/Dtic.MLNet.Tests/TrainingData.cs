using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;
using Column = Dtic.MLNet.Tests.Scoring.PromptView.Column;

namespace Dtic.MLNet.Tests;

/// <summary>Random prompts to train on, with any labels.</summary>
internal static class TrainingData
{
    public static PackedPrompt[] Prompts { get; } = new RandomPrompts(5).Batch(30);

    public static int TargetCount { get; } = Prompts.Sum(prompt => prompt.TargetCount);

    public static PromptView View(params Column[] beside) => PromptView.Of(Prompts, TestModels.Configuration(), false, beside);

    /// <summary>The prompts with a label for each target by its number over all prompts.</summary>
    public static PromptView Labelled(Func<int, float> label) => View(Column.Vectors("Label", NumberDataViewType.Single, LabelsOf(label)));

    public static T[][] LabelsOf<T>(Func<int, T> label)
    {
        int target = 0;
        return [.. Prompts.Select(prompt => Enumerable.Range(0, prompt.TargetCount).Select(_ => label(target++)).ToArray())];
    }

    public static DticPredictionTransformer Fit(IDataView view) => new DticTrainer(new MLContext(seed: 1), ClickPipeline.Options()).Fit(view);

    /// <summary>All weights of the model, one after the other.</summary>
    public static float[] Weights(DticPredictionTransformer scorer) => [.. scorer.Model.WeightNames.SelectMany(name => scorer.Model.GetWeight(name).ToArray())];
}

/// <summary>Keeps what a training reports.</summary>
internal sealed class Recorder(Action<DticTrainingProgress>? then = null) : IProgress<DticTrainingProgress>
{
    public List<DticTrainingProgress> Reports { get; } = [];

    public void Report(DticTrainingProgress value)
    {
        Reports.Add(value);
        then?.Invoke(value);
    }
}
