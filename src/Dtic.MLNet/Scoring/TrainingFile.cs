using System.Text.Json;
using System.Text.Json.Serialization;
using Dtic.Transforms;

namespace Dtic.MLNet.Scoring;

/// <summary><c>training.json</c>: how a saved model was trained.</summary>
internal static class TrainingFile
{
    public const string Name = "training.json";

    public static void Save(Stream stream, DticTrainingSummary training) => JsonSerializer.Serialize(stream, training, TrainingFileContext.Default.DticTrainingSummary);

    /// <exception cref="ModelFormatException">The file tells of no training that can have been.</exception>
    public static DticTrainingSummary Load(Stream stream, string name)
    {
        try
        {
            var read = JsonSerializer.Deserialize(SavedFile.ReadSettings(stream, name, "a training summary"), TrainingFileContext.Default.DticTrainingSummary);
            return read is not null && IsSound(read) ? read : throw new ModelFormatException($"'{name}' contradicts itself: no training has such numbers.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or NotSupportedException or ArgumentException)
        {
            throw new ModelFormatException($"'{name}' is not a training summary: {ForeignText.Shown(exception)}");
        }
    }

    private static bool IsSound(DticTrainingSummary training)
    {
        int step = 0;
        foreach (var point in training.Curve)
        {
            if (point is null || point.Step <= step || !IsSound(point))
            {
                return false;
            }

            step = point.Step;
        }

        return step <= training.Steps && training.Steps <= training.NumberOfSteps
            && training is { NumberOfTargets: >= 0, NumberOfValidationTargets: >= 0, NumberOfEpochs: >= 1, Steps: >= 0 }
            && training.Duration >= TimeSpan.Zero && training.ValidationDuration >= TimeSpan.Zero
            && (training.BestValidation is null || (training.BestValidation.Step <= training.Steps && IsSound(training.BestValidation)))
            && training.Options.Values.All(value => value is not null)
            && training.Cost is { NumberOfTargets: >= 0, NumberOfPrompts: >= 0, NumberOfParameters: >= 0, NumberOfWorkers: >= 0 }
            && IsSound(training.Cost.Packed) && IsSound(training.Cost.SlidingWindow);
    }

    private static bool IsSound(DticTrainingPoint point) => point.Epoch >= 1 && point.ValidationAreaUnderRocCurve is null or (>= 0 and <= 1)
        && Array.TrueForAll([point.Loss, point.LearningRate, point.TargetsPerSecond, point.TokensPerSecond, point.ValidationLogLoss ?? 0], IsCount);

    private static bool IsSound(DticValidation validation) => validation is { Step: >= 1, AreaUnderRocCurve: >= 0 and <= 1 } && IsCount(validation.LogLoss);

    private static bool IsSound(EpochCost cost) => cost is { Tokens: >= 0, AttendedPairs: >= 0, LongestPass: >= 0, PeakMemory: >= 0 } && IsCount(cost.Flops);

    private static bool IsCount(double value) => value >= 0 && double.IsFinite(value);
}

/// <summary>How training.json is spelled. Generated, because file-based apps switch reflection off in the serializer.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    Converters = [typeof(TrainingEndConverter)])]
[JsonSerializable(typeof(DticTrainingSummary))]
internal sealed partial class TrainingFileContext : JsonSerializerContext;

/// <summary>By name alone: a number says nothing to a reader, and changes its meaning with the order of the names.</summary>
internal sealed class TrainingEndConverter() : JsonStringEnumConverter<TrainingEnd>(namingPolicy: null, allowIntegerValues: false);
