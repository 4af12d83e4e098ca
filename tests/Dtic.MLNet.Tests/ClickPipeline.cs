using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>A small packer and a small trainer over <see cref="Clicks"/>, and models of them that several tests use.</summary>
internal static class ClickPipeline
{
    private static readonly Lazy<TransformerChain<DticPredictionTransformer>> WindowedModel = new(() => Train(ContextAttention.Windowed));
    private static readonly Lazy<TransformerChain<DticPredictionTransformer>> IsolatedModel = new(() => Train(ContextAttention.Isolated));

    public const int ContextLength = 5;

    public static Click[] All { get; } = Clicks.Of(users: 8);

    public static DataOperationsCatalog.TrainTestData Split =>
        new MLContext().Data.TrainTestSplitByTime(All.View(), "Timestamp", "UserId", testFraction: 0.25, contextLength: ContextLength);

    /// <summary>Trained on the training set; two layers, so that packing is inexact where it can be.</summary>
    public static TransformerChain<DticPredictionTransformer> Model(ContextAttention attention) =>
        (attention == ContextAttention.Windowed ? WindowedModel : IsolatedModel).Value;

    public static PromptPackingEstimator Pack(MLContext context, int contextLength = ContextLength) => context.Transforms.PackPrompts(
        "Prompt", "UserId", "Timestamp", "Label", textColumnNames: ["Title"], categoricalColumnNames: ["MovieId", "Genres"],
        contextLength: contextLength, targetsPerPrompt: 4);

    /// <summary>Training in a fraction of a second.</summary>
    public static DticTrainer.Options Options() => new()
    {
        EmbeddingDimension = 8,
        NumberOfLayers = 1,
        NumberOfHeads = 1,
        FeedForwardDimension = 8,
        NumberOfEpochs = 2,
        BatchSize = 40,
        LearningRate = 0.02,
        Seed = 1,
        NumberOfThreads = 2,
    };

    public static EstimatorChain<DticPredictionTransformer> Create(MLContext context, DticTrainer.Options? options = null) =>
        Pack(context).Append(context.BinaryClassification.Trainers.Dtic(options ?? Options()));

    private static TransformerChain<DticPredictionTransformer> Train(ContextAttention attention)
    {
        var options = Options();
        options.ContextAttention = attention;
        options.EmbeddingDimension = 16;
        options.NumberOfLayers = 2;
        options.NumberOfHeads = 2;
        options.NumberOfEpochs = 6;
        return Create(new MLContext(seed: 1), options).Fit(Split.TrainSet);
    }
}
