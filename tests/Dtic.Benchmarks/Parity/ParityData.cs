using Dtic.Transforms;
using Microsoft.ML;
using MovieLens;
using QuickStart;

namespace Dtic.Benchmarks.Parity;

/// <summary>A training and a test set, and how their rows become prompts.</summary>
/// <param name="Name">Short name, with the size.</param>
/// <param name="Train">Every target of it is trained on, by every variant.</param>
/// <param name="Test">With each user's earlier rows as context.</param>
/// <param name="Packing">The packing with k targets per prompt.</param>
internal sealed record ParityData(string Name, IDataView Train, IDataView Test, Func<int, PromptPackingEstimator.Options> Packing)
{
    /// <summary>The quick start's rows and split: outcomes of strictly earlier moments are known.</summary>
    public static ParityData Generated(MLContext mlContext, int users, int window)
    {
        var split = mlContext.Data.TrainTestSplitByTime(
            mlContext.Data.LoadFromEnumerable(InteractionGenerator.Generate(users)), "Timestamp", "UserId", testFraction: 0.2, contextLength: window);
        return new ParityData($"generated-{users}", split.TrainSet, split.TestSet, k => new()
        {
            CategoricalColumnNames = ["MovieId", "Genres"],
            Separators = { ["Genres"] = '|' },
            ContextLength = window,
            TargetsPerPrompt = k,
        });
    }

    /// <summary>The first users of a MovieLens folder by id, by the published protocol: order alone decides which outcomes are known.</summary>
    public static ParityData MovieLens(MLContext mlContext, string folder, int users, int window)
    {
        var ratings = MovieLensData.Read(folder);
        var kept = ratings.Select(r => r.UserId).Distinct().OrderBy(long.Parse).Take(users).ToHashSet(StringComparer.Ordinal);
        var split = new MovieLensSplit(ratings.Where(r => kept.Contains(r.UserId)), OrderRule.Protocol);
        return new ParityData(
            $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}-{kept.Count}",
            mlContext.Data.LoadFromEnumerable(split.Through(Part.Train)), mlContext.Data.LoadFromEnumerable(split.Through(Part.Test)), k => new()
            {
                CategoricalColumnNames = ["MovieId", "Genres"],
                Separators = { ["Genres"] = '|' },
                UserColumnNames = split.DescribesUsers ? ["Gender", "Age", "Occupation"] : [],
                MinimumCount = 5,
                OutcomeOrder = OutcomeOrder.RowOrder,
                ContextLength = window,
                TargetsPerPrompt = k,
            });
    }
}
