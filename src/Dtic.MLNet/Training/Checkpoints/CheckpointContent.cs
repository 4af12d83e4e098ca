using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>What a checkpoint holds beside its tensors.</summary>
/// <param name="Run">What decides the run, see <see cref="RunDescription"/>.</param>
/// <param name="State">Where the training stood, its course and best weights left out.</param>
/// <param name="Curve">Its course.</param>
/// <param name="HasBest">Whether the weights of the best validation are among the tensors.</param>
internal sealed record CheckpointContent(JsonObject Run, TrainingState State, IReadOnlyList<CurveSpan> Curve, bool HasBest);

/// <summary>Generated, so that what a checkpoint holds does not hang on reflection. A metric may be NaN.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CheckpointContent))]
[JsonSerializable(typeof(TrainingOptions))]
[JsonSerializable(typeof(ModelConfiguration))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
