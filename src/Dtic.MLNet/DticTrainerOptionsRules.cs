using System.Globalization;
using Dtic.MLNet.Model;
using Dtic.MLNet.Training;

namespace Dtic.MLNet;

public sealed partial class DticTrainer
{
    public sealed partial class Options
    {
        internal Options Copy() => (Options)MemberwiseClone();

        /// <summary>Every broken rule in one message, or null.</summary>
        internal string? Problems()
        {
            var problems = new List<string>();
            Check(!string.IsNullOrWhiteSpace(LabelColumnName), $"{nameof(LabelColumnName)} must be a column name.");
            Check(!string.IsNullOrWhiteSpace(PromptColumnName), $"{nameof(PromptColumnName)} must be a column name.");
            Check(EmbeddingDimension is >= 1 and <= 1 << 16, $"{nameof(EmbeddingDimension)} ({EmbeddingDimension}) must be from 1 to 65536.");
            Check(NumberOfLayers is >= 1 and <= 1024, $"{nameof(NumberOfLayers)} ({NumberOfLayers}) must be from 1 to 1024.");
            Check(NumberOfHeads >= 1 && EmbeddingDimension % NumberOfHeads == 0 && EmbeddingDimension / NumberOfHeads % 2 == 0,
                $"{nameof(NumberOfHeads)} ({NumberOfHeads}) must divide {nameof(EmbeddingDimension)} ({EmbeddingDimension}) into heads of an even width.");
            Check(FeedForwardDimension is null or >= 1 and <= 1 << 18, $"{nameof(FeedForwardDimension)} ({FeedForwardDimension}) must be from 1 to 262144.");
            Check(Enum.IsDefined(ContextAttention), $"{nameof(ContextAttention)} ({ContextAttention}) must be one of {string.Join(", ", Enum.GetNames<ContextAttention>())}.");
            Check(Enum.IsDefined(PositionEncoding), $"{nameof(PositionEncoding)} ({PositionEncoding}) must be one of {string.Join(", ", Enum.GetNames<PositionEncoding>())}.");
            Check(ScoringMode is null || Enum.IsDefined(ScoringMode.Value), $"{nameof(ScoringMode)} ({ScoringMode}) must be one of {string.Join(", ", Enum.GetNames<ScoringMode>())}.");
            Check(NumberOfEpochs >= 1, $"{nameof(NumberOfEpochs)} ({NumberOfEpochs}) must be at least 1.");
            Check(BatchSize >= 1, $"{nameof(BatchSize)} ({BatchSize}) must be at least 1.");
            Check(LearningRate > 0 && double.IsFinite(LearningRate), $"{nameof(LearningRate)} ({LearningRate}) must be above 0.");
            Check(WeightDecay >= 0 && double.IsFinite(WeightDecay), $"{nameof(WeightDecay)} ({WeightDecay}) must be 0 or more.");
            Check(DropoutRate is >= 0 and < 1, $"{nameof(DropoutRate)} ({DropoutRate}) must be 0 or more and below 1.");
            Check(WarmupFraction is >= 0 and <= 1, $"{nameof(WarmupFraction)} ({WarmupFraction}) must be from 0 to 1.");
            Check(MaximumGradientNorm > 0, $"{nameof(MaximumGradientNorm)} ({MaximumGradientNorm}) must be above 0.");
            Check(MaximumTokensPerPass >= 1, $"{nameof(MaximumTokensPerPass)} ({MaximumTokensPerPass}) must be at least 1.");
            Check(NumberOfThreads is null or >= 1, $"{nameof(NumberOfThreads)} ({NumberOfThreads}) must be at least 1.");
            Check(ValidationFraction is >= 0 and < 1, $"{nameof(ValidationFraction)} ({ValidationFraction}) must be 0 or more and below 1.");
            Check(ValidationSet is null || ValidationFraction == 0, $"{nameof(ValidationSet)} and {nameof(ValidationFraction)} ({ValidationFraction}) exclude each other.");
            Check(Enum.IsDefined(ValidationMetric), $"{nameof(ValidationMetric)} ({ValidationMetric}) must be one of {string.Join(", ", Enum.GetNames<ValidationMetric>())}.");
            Check(ValidationsPerEpoch >= 1, $"{nameof(ValidationsPerEpoch)} ({ValidationsPerEpoch}) must be at least 1.");
            Check(ValidationInterval is null or >= 1, $"{nameof(ValidationInterval)} ({ValidationInterval}) must be at least 1.");
            Check(EarlyStoppingRounds is null or >= 1, $"{nameof(EarlyStoppingRounds)} ({EarlyStoppingRounds}) must be at least 1.");
            Check(Enum.IsDefined(Calibration), $"{nameof(Calibration)} ({Calibration}) must be one of {string.Join(", ", Enum.GetNames<CalibrationMethod>())}.");
            Check(PositiveInstanceWeight > 0 && double.IsFinite(PositiveInstanceWeight), $"{nameof(PositiveInstanceWeight)} ({PositiveInstanceWeight}) must be above 0.");
            Check(LabelSmoothing is >= 0 and < 0.5, $"{nameof(LabelSmoothing)} ({LabelSmoothing}) must be 0 or more and below 0.5.");
            Check(CheckpointFolder is null || !string.IsNullOrWhiteSpace(CheckpointFolder), $"{nameof(CheckpointFolder)} must be a folder.");
            Check(CheckpointInterval > TimeSpan.Zero, $"{nameof(CheckpointInterval)} ({CheckpointInterval}) must be above 0.");
            Check(CheckpointSteps is null or >= 1, $"{nameof(CheckpointSteps)} ({CheckpointSteps}) must be at least 1.");
            Check(!ResumeFromCheckpoint || CheckpointFolder is not null, $"{nameof(ResumeFromCheckpoint)} needs a {nameof(CheckpointFolder)}.");
            Check(TensorBoardFolder is null || !string.IsNullOrWhiteSpace(TensorBoardFolder), $"{nameof(TensorBoardFolder)} must be a folder.");
            return problems.Count == 0 ? null : string.Join(' ', problems);

            void Check(bool kept, FormattableString rule)
            {
                if (!kept) problems.Add(FormattableString.Invariant(rule));
            }
        }

        internal ModelConfiguration Configuration(int vocabularySize, string vocabularyHash, int contextLength) => new(
            vocabularySize, vocabularyHash, EmbeddingDimension, NumberOfLayers, NumberOfHeads,
            FeedForwardDimension ?? ((8 * EmbeddingDimension / 3) + 31) / 32 * 32, contextLength, ContextAttention)
        {
            PositionEncoding = PositionEncoding,
            PoolsItems = ItemPooling,
        };

        internal TrainingOptions Training(int seed) => new(
            NumberOfEpochs, BatchSize, LearningRate, WeightDecay, DropoutRate, WarmupFraction, MaximumGradientNorm, MaximumTokensPerPass,
            NumberOfThreads ?? Environment.ProcessorCount, seed, OneDnnMatrixProducts)
        {
            PositiveInstanceWeight = PositiveInstanceWeight,
            LabelSmoothing = LabelSmoothing,
            ValidationMetric = ValidationMetric,
            ValidationsPerEpoch = ValidationsPerEpoch,
            ValidationInterval = ValidationInterval,
            EarlyStoppingRounds = EarlyStoppingRounds,
            ReturnBestWhenCancelled = ReturnBestWhenCancelled,
            ScoringMode = ScoringMode,
        };

        /// <summary>The values that are numbers, switches or choices and are set, by name; those of checkpoints decide nothing of the model and are left out.</summary>
        internal Dictionary<string, string> Values() => typeof(Options).GetProperties()
            .Select(property => (property.Name, Value: property.GetValue(this)))
            .Where(option => option.Value is bool or int or double or Enum && option.Name is not (nameof(ResumeFromCheckpoint) or nameof(CheckpointSteps)))
            .ToDictionary(option => option.Name, option => Convert.ToString(option.Value, CultureInfo.InvariantCulture)!, StringComparer.Ordinal);
    }
}
