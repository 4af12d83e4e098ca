using System.Diagnostics;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.LightGbm;
using Microsoft.ML.Transforms;

namespace MovieLens;

/// <summary>One row of the comparison; all figures are of the test targets.</summary>
/// <param name="Name">The competitor.</param>
/// <param name="Auc">Area under the ROC curve over all test targets.</param>
/// <param name="F1">F1 at probability one half.</param>
/// <param name="LogLoss">Mean cross-entropy, natural logarithm.</param>
/// <param name="PerUserAuc">Mean AUC within one user's targets, weighted by their number, over users with both outcomes; NaN where there is none.</param>
/// <param name="TrainingSeconds">Time spent in training, features included.</param>
internal sealed record PeerResult(string Name, double Auc, double F1, double LogLoss, double PerUserAuc, double TrainingSeconds)
{
    /// <summary>Measures a scored view with columns UserId (text), Label, Score and Probability.</summary>
    public static PeerResult Measure(MLContext mlContext, string name, IDataView scored, double trainingSeconds)
    {
        // Each pass over a scored view scores again; the figures need two.
        var cached = mlContext.Data.Cache(scored, "UserId", "Label", "Score", "Probability", "PredictedLabel");
        var metrics = mlContext.BinaryClassification.Evaluate(cached);
        double perUser = GroupedAuc(cached.GetColumn<string>("UserId"), cached.GetColumn<bool>("Label"), cached.GetColumn<float>("Score"));

        // ML.NET's LogLoss is in bits; published figures are in nats.
        return new PeerResult(name, metrics.AreaUnderRocCurve, metrics.F1Score, metrics.LogLoss * Math.Log(2), perUser, trainingSeconds);
    }

    /// <summary>Always answers the rate of likes in train. Its F1 is that of calling everything liked, which a model's F1 must be read against.</summary>
    public static PeerResult Constant(IReadOnlyCollection<bool> trainLabels, IReadOnlyCollection<bool> testLabels)
    {
        double answer = trainLabels.Average(like => like ? 1.0 : 0.0), rate = testLabels.Average(like => like ? 1.0 : 0.0);
        double logLoss = -((rate * Math.Log(answer)) + ((1 - rate) * Math.Log(1 - answer)));
        return new PeerResult("Constant", 0.5, 2 * rate / (1 + rate), logLoss, 0.5, 0);
    }

    private static double GroupedAuc(IEnumerable<string> users, IEnumerable<bool> labels, IEnumerable<float> scores)
    {
        double weighted = 0, weight = 0;
        foreach (var user in users.Zip(labels, scores).GroupBy(row => row.First, StringComparer.Ordinal))
        {
            var rows = user.OrderBy(row => row.Third).ToArray();
            double positives = rows.Count(row => row.Second), negatives = rows.Length - positives;
            if (positives == 0 || negatives == 0)
            {
                continue;
            }

            // Mann-Whitney: the mean rank of the positives; equal scores share their mean rank.
            double ranks = 0;
            for (int start = 0, end; start < rows.Length; start = end)
            {
                for (end = start; end < rows.Length && rows[end].Third == rows[start].Third; end++)
                {
                }

                ranks += rows[start..end].Count(row => row.Second) * (start + end + 1) / 2.0;
            }

            weighted += rows.Length * ((ranks - (positives * (positives + 1) / 2)) / (positives * negatives));
            weight += rows.Length;
        }

        return weight > 0 ? weighted / weight : double.NaN;
    }
}

/// <summary>
/// What a .NET user would train today: ML.NET's own field-aware factorization machine and LightGBM, on the same targets. The machine's settings were
/// picked on the validation parts of ml-1m and ml-latest-small; the number of trees is picked by early stopping on the validation part at hand.
/// </summary>
internal static class Peers
{
    /// <summary>Trains and measures all peers, the constant first.</summary>
    public static IReadOnlyList<PeerResult> Run(MLContext mlContext, MovieLensSplit split)
    {
        var clock = Stopwatch.StartNew();
        var parts = PeerFeatures.Describe(split);
        double seconds = clock.Elapsed.TotalSeconds;
        var train = mlContext.Data.LoadFromEnumerable(parts[Part.Train]);
        var validation = mlContext.Data.LoadFromEnumerable(parts[Part.Validation]);
        var test = mlContext.Data.LoadFromEnumerable(parts[Part.Test]);

        clock.Restart();
        var machine = FactorizationMachine(mlContext).Fit(train);
        double machineSeconds = seconds + clock.Elapsed.TotalSeconds;

        clock.Restart();
        var trees = Trees(mlContext).Fit(train, validation);
        double treesSeconds = seconds + clock.Elapsed.TotalSeconds;

        return
        [
            PeerResult.Constant([.. parts[Part.Train].Select(row => row.Label)], [.. parts[Part.Test].Select(row => row.Label)]),
            PeerResult.Measure(mlContext, "FieldAwareFactorizationMachine", machine.Transform(test), machineSeconds),
            PeerResult.Measure(mlContext, "LightGBM", trees.Transform(test), treesSeconds),
        ];
    }

    /// <summary>
    /// One field per kind of information, each a bag of values. There is no field for the user: his history says more about him than his name
    /// does, and says it about new users too. It is one field, so that its scaling keeps the ratio of liked to disliked movies.
    /// </summary>
    private static EstimatorChain<FieldAwareFactorizationMachinePredictionTransformer> FactorizationMachine(MLContext mlContext)
    {
        string[] fields = [nameof(PeerRow.MovieId), nameof(PeerRow.TitleWords), nameof(PeerRow.Genres), nameof(PeerRow.History)];
        var options = new FieldAwareFactorizationMachineTrainer.Options
        {
            FeatureColumnName = fields[0],
            ExtraFeatureColumns = fields[1..],
            NumberOfIterations = 3,
            LatentDimension = 4,
            LearningRate = 0.1f,
            LambdaLinear = 0.0001f,
            LambdaLatent = 0.0001f,
            Radius = 0.1f,

            // Each field is scaled for itself: over the whole row, fifty words of history would drown the movie.
            NormalizeFeatures = false,
        };
        IEstimator<ITransformer> pipeline = mlContext.Transforms.Categorical
            .OneHotEncoding([.. fields.Select(field => new InputOutputColumnPair(field))], OneHotEncodingEstimator.OutputKind.Bag);
        foreach (string field in fields)
        {
            pipeline = pipeline.Append(mlContext.Transforms.NormalizeLpNorm(field));
        }

        // Without a cache the bags would be made anew in every iteration.
        return pipeline
            .AppendCacheCheckpoint(mlContext)
            .Append(mlContext.BinaryClassification.Trainers.FieldAwareFactorizationMachine(options));
    }

    private static LightGbmBinaryTrainer Trees(MLContext mlContext) =>
        mlContext.BinaryClassification.Trainers.LightGbm(new LightGbmBinaryTrainer.Options
        {
            FeatureColumnName = nameof(PeerRow.Statistics),
            NumberOfIterations = 300,
            EarlyStoppingRound = 20,
            EvaluationMetric = LightGbmBinaryTrainer.Options.EvaluateMetricType.Logloss,
            LearningRate = 0.1,
            NumberOfLeaves = 31,
            MinimumExampleCountPerLeaf = 200,

            // The same trees on every machine; and its threads wait by spinning, which is slow on busy cores.
            NumberOfThreads = 1,
            Booster = new GradientBooster.Options { FeatureFraction = 0.5, SubsampleFraction = 0.8, SubsampleFrequency = 1, L2Regularization = 10 },
        });
}
