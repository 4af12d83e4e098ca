using System.Globalization;
using System.Text.Json.Serialization;

namespace Dtic.MLNet;

/// <summary>How a model was trained. Immutable; saved with the model as <c>training.json</c>.</summary>
public sealed class DticTrainingSummary
{
    [JsonConstructor]
    internal DticTrainingSummary()
    {
    }

    /// <summary>Labelled targets of an epoch, held-out ones left out.</summary>
    public required long NumberOfTargets { get; init; }

    /// <summary>Labelled targets validated on; 0 without a validation set.</summary>
    public required long NumberOfValidationTargets { get; init; }

    /// <summary>Optimizer steps done.</summary>
    public required int Steps { get; init; }

    /// <summary>Optimizer steps of the whole run as it was planned.</summary>
    public required int NumberOfSteps { get; init; }

    /// <summary>Passes over the training targets done; a fraction where the training ended within one.</summary>
    [JsonIgnore]
    public double Epochs => NumberOfSteps == 0 ? 0 : (double)NumberOfEpochs * Steps / NumberOfSteps;

    /// <summary>Passes over the training targets as planned.</summary>
    public required int NumberOfEpochs { get; init; }

    /// <summary>How the training ended.</summary>
    public required TrainingEnd End { get; init; }

    /// <summary>The step after which the model had the weights that it has: that of the best validation, else the last.</summary>
    [JsonIgnore]
    public int BestStep => BestValidation?.Step ?? Steps;

    /// <summary>The validation whose weights the model has; null where none was done.</summary>
    public DticValidation? BestValidation { get; init; }

    /// <summary>The course of the training, in order, at most about 1,000 points.</summary>
    public required IReadOnlyList<DticTrainingPoint> Curve { get; init; }

    /// <summary>Time from the first step to the end, validations included.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>The part of <see cref="Duration"/> that validations took.</summary>
    public required TimeSpan ValidationDuration { get; init; }

    /// <summary>Seed of initial weights, order and dropout.</summary>
    public required int Seed { get; init; }

    /// <summary>The trainer's options that are numbers, switches or choices, by name; those left at null are missing.</summary>
    public required IReadOnlyDictionary<string, string> Options { get; init; }

    /// <summary>What an epoch takes, beside the same targets in sliding windows, as estimated before the training.</summary>
    public required TrainingCost Cost { get; init; }

    /// <summary>How the training went, in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{End} after {Steps:N0} of {NumberOfSteps:N0} steps in {(long)Duration.TotalHours}:{Duration:mm\\:ss}")
        + (BestValidation is { } best ? string.Create(CultureInfo.InvariantCulture, $"; best validation after step {best.Step:N0}: AUC {best.AreaUnderRocCurve:F4}, log-loss {best.LogLoss:F4} nats.") : ".");
}
