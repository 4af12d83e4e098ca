using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>What a checkpoint holds beside its tensors.</summary>
/// <param name="Run">What decides the run, see <see cref="RunDescription"/>.</param>
/// <param name="State">Where the training stood, its course and best weights left out.</param>
/// <param name="Curve">Its course.</param>
/// <param name="HasBest">Whether the weights of the best validation are among the tensors.</param>
internal sealed record CheckpointContent(JsonObject Run, TrainingState State, IReadOnlyList<CurveSpan> Curve, bool HasBest)
{
    /// <summary>The first thing that no training could have written, as a sentence; null: there is none.</summary>
    public string? Contradiction()
    {
        long steps = 0;
        for (int i = 0; i < Curve.Count; i++)
        {
            if (Curve[i].Steps < 1) return FormattableString.Invariant($"span {i + 1} of its curve has {Curve[i].Steps} steps.");
            steps += Curve[i].Steps;
            if (Curve[i].LastStep != steps) return FormattableString.Invariant($"span {i + 1} of its curve ends at step {Curve[i].LastStep} instead of {steps}.");
        }
        if (steps != State.Step) return FormattableString.Invariant($"its curve tells of {steps} steps, and it stands at step {State.Step}.");
        foreach (var (name, value) in ((string, double)[])
            [
                (nameof(State.Targets), State.Targets), (nameof(State.Tokens), State.Tokens), (nameof(State.Validations), State.Validations),
                (nameof(State.TrainingSeconds), State.TrainingSeconds), (nameof(State.ValidationSeconds), State.ValidationSeconds),
            ])
        {
            if (!(value >= 0 && double.IsFinite(value))) return FormattableString.Invariant($"{name} is {value}.");
        }
        if (State.Elapsed < TimeSpan.Zero) return FormattableString.Invariant($"{nameof(State.Elapsed)} is {State.Elapsed}.");
        return HasBest == State.BestValidation is not null ? null
            : HasBest ? "it holds best weights and tells of no best validation." : "it holds no best weights and tells of a best validation.";
    }
}

/// <summary>Generated, so that what a checkpoint holds does not hang on reflection. A metric may be NaN.</summary>
[JsonSourceGenerationOptions(
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals, UseStringEnumConverter = true, IgnoreReadOnlyProperties = true, RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(CheckpointContent))]
[JsonSerializable(typeof(TrainingOptions))]
[JsonSerializable(typeof(ModelConfiguration))]
internal sealed partial class CheckpointJson : JsonSerializerContext;
