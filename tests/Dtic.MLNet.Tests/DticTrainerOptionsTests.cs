using Microsoft.ML;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class DticTrainerOptionsTests
{
    [TestMethod]
    public void Options_Defaults_AreThoseDocumented()
    {
        var options = new DticTrainer.Options();
        var expected = new Dictionary<string, object?>
        {
            ["LabelColumnName"] = "Label",
            ["PromptColumnName"] = "Prompt",
            ["EmbeddingDimension"] = 64,
            ["NumberOfLayers"] = 2,
            ["NumberOfHeads"] = 4,
            ["FeedForwardDimension"] = null,
            ["ContextAttention"] = ContextAttention.Isolated,
            ["PositionEncoding"] = PositionEncoding.InteractionBias,
            ["ItemPooling"] = true,
            ["ScoringMode"] = null,
            ["NumberOfEpochs"] = 3,
            ["BatchSize"] = 256,
            ["LearningRate"] = 0.002,
            ["WeightDecay"] = 0.01,
            ["DropoutRate"] = 0.1,
            ["WarmupFraction"] = 0.05,
            ["MaximumGradientNorm"] = 1.0,
            ["MaximumTokensPerPass"] = 4096,
            ["NumberOfThreads"] = null,
            ["OneDnnMatrixProducts"] = false,
            ["Seed"] = null,
            ["CheckpointFolder"] = null,
            ["CheckpointInterval"] = TimeSpan.FromMinutes(10),
            ["CheckpointSteps"] = null,
            ["ResumeFromCheckpoint"] = false,
            ["TensorBoardFolder"] = null,
            ["Progress"] = null,
            ["CancellationToken"] = CancellationToken.None,
            ["ValidationSet"] = null,
            ["ValidationFraction"] = 0.0,
            ["ValidationMetric"] = ValidationMetric.AreaUnderRocCurve,
            ["ValidationsPerEpoch"] = 1,
            ["ValidationInterval"] = null,
            ["EarlyStoppingRounds"] = null,
            ["Calibration"] = CalibrationMethod.None,
            ["PositiveInstanceWeight"] = 1.0,
            ["LabelSmoothing"] = 0.0,
            ["ReturnBestWhenCancelled"] = false,
        };

        var actual = typeof(DticTrainer.Options).GetProperties().ToDictionary(property => property.Name, property => property.GetValue(options));

        CollectionAssert.AreEquivalent(expected, actual);
    }

    [TestMethod]
    [DataRow(64, 192)]
    [DataRow(12, 32)]
    [DataRow(13, 64)]
    [DataRow(96, 256)]
    public void FeedForwardDimension_NotGiven_IsEightThirdsRoundedUpTo32(int embedding, int expected) =>
        Assert.AreEqual(expected, new DticTrainer.Options { EmbeddingDimension = embedding }.Configuration(10, "", 5).FeedForwardDimension);

    [TestMethod]
    public void Configuration_EveryOption_ReachesTheNetwork()
    {
        var options = new DticTrainer.Options
        {
            EmbeddingDimension = 24,
            NumberOfLayers = 3,
            NumberOfHeads = 4,
            FeedForwardDimension = 40,
            ContextAttention = ContextAttention.Isolated,
            PositionEncoding = PositionEncoding.TokenBias,
            ItemPooling = false,
        };

        Assert.AreEqual(
            new MLNet.Model.ModelConfiguration(100, "0f1e", 24, 3, 4, 40, 7, ContextAttention.Isolated) { PositionEncoding = PositionEncoding.TokenBias, PoolsItems = false }, options.Configuration(100, "0f1e", 7));
    }

    [TestMethod]
    public void Training_EveryOption_ReachesTheLoop()
    {
        var options = new DticTrainer.Options
        {
            NumberOfEpochs = 4,
            BatchSize = 5,
            LearningRate = 0.6,
            WeightDecay = 0.7,
            DropoutRate = 0.8,
            WarmupFraction = 0.9,
            MaximumGradientNorm = 10,
            MaximumTokensPerPass = 11,
            NumberOfThreads = 12,
            OneDnnMatrixProducts = true,
            ScoringMode = ScoringMode.OneAtATime,
            ValidationMetric = ValidationMetric.LogLoss,
            ValidationsPerEpoch = 14,
            ValidationInterval = 15,
            EarlyStoppingRounds = 16,
            PositiveInstanceWeight = 17,
            LabelSmoothing = 0.18,
            ReturnBestWhenCancelled = true,
        };

        var expected = new MLNet.Training.TrainingOptions(4, 5, 0.6, 0.7, 0.8, 0.9, 10, 11, 12, 13, true)
        {
            ScoringMode = ScoringMode.OneAtATime,
            ValidationMetric = ValidationMetric.LogLoss,
            ValidationsPerEpoch = 14,
            ValidationInterval = 15,
            EarlyStoppingRounds = 16,
            PositiveInstanceWeight = 17,
            LabelSmoothing = 0.18,
            ReturnBestWhenCancelled = true,
        };
        Assert.AreEqual(expected, options.Training(13));
        Assert.AreEqual(Environment.ProcessorCount, new DticTrainer.Options().Training(13).NumberOfThreads);
    }

    [TestMethod]
    public void Dtic_EveryRuleBroken_NamesAllAtOnce()
    {
        var options = new DticTrainer.Options
        {
            LabelColumnName = " ",
            PromptColumnName = null!,
            EmbeddingDimension = 65_537,
            NumberOfLayers = 0,
            NumberOfHeads = 2,
            FeedForwardDimension = 0,
            ContextAttention = (ContextAttention)7,
            PositionEncoding = (PositionEncoding)9,
            ScoringMode = (ScoringMode)8,
            NumberOfEpochs = 0,
            BatchSize = -1,
            LearningRate = double.NaN,
            WeightDecay = -0.5,
            DropoutRate = 1,
            WarmupFraction = 1.5,
            MaximumGradientNorm = 0,
            MaximumTokensPerPass = 0,
            NumberOfThreads = 0,
            ValidationSet = new MLContext().Data.LoadFromEnumerable([new { Label = true }]),
            ValidationFraction = 1,
            ValidationMetric = (ValidationMetric)2,
            ValidationsPerEpoch = 0,
            ValidationInterval = 0,
            EarlyStoppingRounds = 0,
            Calibration = (CalibrationMethod)3,
            PositiveInstanceWeight = double.PositiveInfinity,
            LabelSmoothing = 0.5,
        };

        var exception = Assert.ThrowsExactly<ArgumentException>(() => new MLContext().BinaryClassification.Trainers.Dtic(options));

        Assert.AreEqual(
            "LabelColumnName must be a column name. PromptColumnName must be a column name. EmbeddingDimension (65537) must be from 1 to 65536. "
            + "NumberOfLayers (0) must be from 1 to 1024. NumberOfHeads (2) must divide EmbeddingDimension (65537) into heads of an even width. "
            + "FeedForwardDimension (0) must be from 1 to 262144. ContextAttention (7) must be one of Isolated, Windowed, WindowedReset. "
            + "PositionEncoding (9) must be one of Rotary, RotaryWithSumBias, RotaryWithInteractionBias, TokenBias, InteractionBias. ScoringMode (8) must be one of OneAtATime, Packed. "
            + "NumberOfEpochs (0) must be at least 1. BatchSize (-1) must be at least 1. LearningRate (NaN) must be above 0. WeightDecay (-0.5) must be 0 or more. "
            + "DropoutRate (1) must be 0 or more and below 1. WarmupFraction (1.5) must be from 0 to 1. MaximumGradientNorm (0) must be above 0. "
            + "MaximumTokensPerPass (0) must be at least 1. NumberOfThreads (0) must be at least 1. "
            + "ValidationFraction (1) must be 0 or more and below 1. ValidationSet and ValidationFraction (1) exclude each other. "
            + "ValidationMetric (2) must be one of AreaUnderRocCurve, LogLoss. ValidationsPerEpoch (0) must be at least 1. ValidationInterval (0) must be at least 1. "
            + "EarlyStoppingRounds (0) must be at least 1. Calibration (3) must be one of None, Platt. PositiveInstanceWeight (Infinity) must be above 0. "
            + "LabelSmoothing (0.5) must be 0 or more and below 0.5. (Parameter 'options')",
            exception.Message);
        Assert.AreEqual(exception.Message, Assert.ThrowsExactly<ArgumentException>(() => new DticTrainer(new MLContext(), options)).Message);
    }

    [TestMethod]
    public void Problems_ValuesAtTheBorder_AreFine()
    {
        Assert.IsNull(new DticTrainer.Options().Problems());
        Assert.IsNull(new DticTrainer.Options
        {
            EmbeddingDimension = 65_536,
            NumberOfLayers = 1024,
            NumberOfHeads = 32_768,
            FeedForwardDimension = 262_144,
            ContextAttention = ContextAttention.Isolated,
            ScoringMode = ScoringMode.Packed,
            NumberOfEpochs = 1,
            BatchSize = 1,
            LearningRate = double.Epsilon,
            WeightDecay = 0,
            DropoutRate = 0,
            WarmupFraction = 1,
            MaximumGradientNorm = double.PositiveInfinity,
            MaximumTokensPerPass = 1,
            NumberOfThreads = 1,
            Seed = int.MinValue,
        }.Problems());
    }

    [TestMethod]
    [DataRow(3, 1, "NumberOfHeads (1) must divide EmbeddingDimension (3) into heads of an even width.")]
    [DataRow(64, 3, "NumberOfHeads (3) must divide EmbeddingDimension (64) into heads of an even width.")]
    [DataRow(64, 0, "NumberOfHeads (0) must divide EmbeddingDimension (64) into heads of an even width.")]
    public void Problems_HeadsThatDoNotFit_NamesBoth(int embedding, int heads, string expected) =>
        Assert.AreEqual(expected, new DticTrainer.Options { EmbeddingDimension = embedding, NumberOfHeads = heads }.Problems());

    [TestMethod]
    public void Problems_Folders_NamesWhatIsWanted() => Assert.AreEqual(
        "CheckpointInterval (00:00:00) must be above 0. CheckpointSteps (0) must be at least 1. ResumeFromCheckpoint needs a CheckpointFolder. TensorBoardFolder must be a folder.",
        new DticTrainer.Options { CheckpointInterval = TimeSpan.Zero, CheckpointSteps = 0, ResumeFromCheckpoint = true, TensorBoardFolder = " " }.Problems());

    [TestMethod]
    public void Dtic_ShortForm_SetsWhatItNames()
    {
        var context = new MLContext();
        var trainer = context.BinaryClassification.Trainers.Dtic("Clicked", "Packed", numberOfEpochs: 1);
        var interactions = Clicks.Of(users: 1).View();
        var prompts = context.Transforms.PackPrompts("Packed", "UserId", "Timestamp", labelColumnName: null, categoricalColumnNames: ["MovieId"])
            .Fit(interactions).Transform(interactions);

        Assert.StartsWith("Column 'Packed' is missing.", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(interactions)).Message);
        Assert.AreEqual(
            "Label column 'Clicked' is missing. Set LabelColumnName of the trainer to the label that PackPrompts was given. (Parameter 'schema')", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(prompts)).Message);
        Assert.AreEqual(
            "NumberOfEpochs (0) must be at least 1. (Parameter 'options')",
            Assert.ThrowsExactly<ArgumentException>(() => new MLContext().BinaryClassification.Trainers.Dtic("Clicked", "Packed", numberOfEpochs: 0)).Message);
    }
}
