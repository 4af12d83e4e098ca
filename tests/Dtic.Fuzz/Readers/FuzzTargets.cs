using System.Text.Json.Nodes;
using Dtic.MLNet;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.MLNet.Training;
using Dtic.MLNet.Training.Checkpoints;
using Dtic.Transforms;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Fuzz.Readers;

/// <summary>All readers of saved files, over the files of one tiny model.</summary>
internal static class FuzzTargets
{
    private static readonly PromptPackingTransformer Packer = FitPacker(text: false), TextPacker = FitPacker(text: true);
    private static readonly ModelConfiguration Configuration = new(Packer.VocabularySize, Packer.VocabularyHash, 4, 1, 1, 4, Packer.ContextLength, ContextAttention.Isolated);
    private static readonly ModelWeights Weights = CreateWeights();

    public static IReadOnlyList<FuzzTarget> All { get; } =
    [
        new TensorsTarget(Written(Weights.Save), Configuration),
        new ConfigurationTarget(Written(stream => new ScorerSettings("Label", "Prompt", null) { WeightsHash = WeightsFile.Hash(Weights) }.Save(stream, Configuration))),
        new TrainingSummaryTarget(Written(stream => TrainingFile.Save(stream, CreateSummary()))),
        new CheckpointTarget(Written(stream => CheckpointFile.Write(stream, CreateCheckpoint(), [.. Weights.Tensors()])), Configuration),
        new VocabularyTarget([Files(Packer).Vocabulary, Files(TextPacker).Vocabulary]),
        new TemplateTarget(Files(Packer).Template, Vocabulary.Load(new MemoryStream(Files(Packer).Vocabulary), "tokenizer.json")),
        new ZipTarget(Written(stream => new MLContext().Model.Save(
            new TransformerChain<ITransformer>(Packer, CreateScorer()), null, stream))),
    ];

    private static PromptPackingTransformer FitPacker(bool text)
    {
        var context = new MLContext(seed: 1);
        var view = context.Data.LoadFromEnumerable(Enumerable.Range(0, 12).Select(i => new Row
        {
            UserId = i % 2,
            Timestamp = i,
            Movie = $"m{i % 3}",
            Genres = i % 2 == 0 ? "a|b" : "b",
            Price = i,
            Title = i % 2 == 0 ? "the night the river" : "the rivers",
            Label = i % 3 == 0,
        }));
        return context.Transforms.PackPrompts(
            "Prompt", "UserId", "Timestamp", textColumnNames: text ? ["Title"] : [], categoricalColumnNames: ["Movie", "Genres"], numericColumnNames: ["Price"],
            separators: new Dictionary<string, char> { ["Genres"] = '|' }, contextLength: 3, targetsPerPrompt: 2).Fit(view);
    }

    private static (byte[] Template, byte[] Vocabulary) Files(PromptPackingTransformer packer) => (Written(packer.WriteTemplate), Written(packer.WriteVocabulary));

    private static DticPredictionTransformer CreateScorer()
    {
        var context = new MLContext();
        return new DticPredictionTransformer(context, Devices.Of(context), Weights, new ScorerSettings("Label", "Prompt", null), maximumTokensPerPass: 1000, numberOfThreads: 1);
    }

    private static ModelWeights CreateWeights()
    {
        var random = new Random(1);
        using var stream = new MemoryStream(Written(stream => Safetensors.Write(stream, [.. Configuration.Weights().Select(weight =>
            (weight.Name, weight.Shape, Enumerable.Range(0, (int)weight.Shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f).ToArray()))])));
        return ModelWeights.Load(stream, Configuration, "model.safetensors");
    }

    private static DticTrainingSummary CreateSummary()
    {
        var cost = new EpochCost { Tokens = 100, AttendedPairs = 200, Flops = 1e6, LongestPass = 50, PeakMemory = 1000 };
        return new DticTrainingSummary
        {
            NumberOfTargets = 12,
            NumberOfValidationTargets = 4,
            Steps = 2,
            NumberOfSteps = 4,
            NumberOfEpochs = 2,
            End = TrainingEnd.StoppedEarly,
            BestValidation = new DticValidation(1, 0.75, 0.5),
            Curve = [.. CreateSpans().Select(span => span.ToPoint())],
            Duration = TimeSpan.FromSeconds(3),
            ValidationDuration = TimeSpan.FromSeconds(1),
            Seed = 1,
            Options = new Dictionary<string, string> { ["BatchSize"] = "6" },
            Cost = new TrainingCost { NumberOfTargets = 12, NumberOfPrompts = 2, NumberOfParameters = 100, NumberOfWorkers = 1, Packed = cost, SlidingWindow = cost },
        };
    }

    private static CheckpointContent CreateCheckpoint()
    {
        var state = new TrainingState { Step = 2, StepInEpoch = 2, EpochLoss = 1.5, EpochTargets = 12, Targets = 12, Tokens = 100, Validations = 1, BestValidation = new DticValidation(1, 0.75, 0.5) };
        return new CheckpointContent(new JsonObject { ["Seed"] = 1, ["TrainingSet"] = "00ff" }, state, [.. CreateSpans()], HasBest: true);
    }

    private static CurveSpan[] CreateSpans() =>
        [new(1, 1, 1, 4, 6, 50, 0.5, 0.001, new DticValidation(1, 0.75, 0.5)), new(1, 2, 1, 3, 6, 50, 0.5, 0.002, Validation: null)];

    private static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private sealed class Row
    {
        public long UserId { get; set; }

        public long Timestamp { get; set; }

        public string Movie { get; set; } = "";

        public string Genres { get; set; } = "";

        public float Price { get; set; }

        public string Title { get; set; } = "";

        public bool Label { get; set; }
    }
}
