using System.Xml.Linq;

namespace Dtic.MLNet.Reporting;

/// <summary>The course of the training and how it ended.</summary>
internal static class TrainingSection
{
    private const int SmoothedPoints = 60;

    public static XElement? Of(DticTrainingSummary? training) => training is not { Curve.Count: > 0 } ? null : Html.Section(
        "training",
        "Training",
        $"{Ending(training)} Losses are in nats{(training.BestValidation is null ? "." : ", and dots are validations.")}",
        Html.Row(Losses(training), training.BestValidation is null ? null : Areas(training)),
        Html.Facts("The run", Describe(training)));

    private static string Ending(DticTrainingSummary training)
    {
        string steps = $"after {Numbers.Count(training.Steps)} of {Numbers.Count(training.NumberOfSteps)} steps";
        string end = training.End switch
        {
            TrainingEnd.Completed => $"Ended as planned {steps}.",
            TrainingEnd.StoppedEarly => $"Stopped early {steps}, because validations had not improved.",
            _ => $"Cancelled {steps}.",
        };
        return training.BestValidation is null ? end : $"{end} The weights are those of step {Numbers.Count(training.BestStep)}.";
    }

    private static XElement Losses(DticTrainingSummary training) =>
        new Chart("Loss", "Mean cross-entropy of the training targets by step, smoothed, and that of the validations.", "Step", "Cross-entropy, nats")
        .Within(0, 1.02 * training.Curve[^1].Step, double.NaN, double.NaN)
        .Ticks("N0", "0.0#######")
        .Line("Training", Ink.Second, Smoothed(training.Curve))
        .Line("Validation", Ink.First, Validated(training, point => point.ValidationLogLoss), marked: true)
        .Draw();

    private static XElement Areas(DticTrainingSummary training) =>
        new Chart("Validation AUC", "Area under the ROC curve of each validation by step.", "Step", "AUC")
        .Within(0, 1.02 * training.Curve[^1].Step, double.NaN, double.NaN)
        .Ticks("N0", "0.0#######")
        .Line("Validation", Ink.First, Validated(training, point => point.ValidationAreaUnderRocCurve), marked: true)
        .Draw();

    /// <summary>Means of neighbouring points: the loss of few targets jumps about, and hides the course behind it.</summary>
    private static IEnumerable<(double Step, double Value)> Smoothed(IReadOnlyList<DticTrainingPoint> curve) =>
        curve.Chunk(Math.Max(1, curve.Count / SmoothedPoints)).Select(points => ((double)points[^1].Step, points.Average(point => point.Loss)));

    private static IEnumerable<(double Step, double Value)> Validated(DticTrainingSummary training, Func<DticTrainingPoint, double?> value) =>
        training.Curve.Select(point => ((double)point.Step, value(point) ?? double.NaN));

    private static Dictionary<string, string> Describe(DticTrainingSummary training)
    {
        double seconds = (training.Duration - training.ValidationDuration).TotalSeconds;
        return new()
        {
            ["Epochs"] = $"{Numbers.Ratio(training.Epochs)} of {Numbers.Count(training.NumberOfEpochs)}",
            ["Targets"] = training.NumberOfValidationTargets == 0
                ? Numbers.Count(training.NumberOfTargets)
                : $"{Numbers.Count(training.NumberOfTargets)}, and {Numbers.Count(training.NumberOfValidationTargets)} to validate on",
            ["Time"] = $"{Numbers.Time(training.Duration)}, of which {Numbers.Time(training.ValidationDuration)} for validations",
            ["Speed"] = $"{Numbers.Count(training.Epochs * training.NumberOfTargets / seconds)} targets, {Numbers.Count(training.Epochs * training.Cost.Packed.Tokens / seconds)} tokens, "
                + $"{Numbers.Flops(training.Epochs * training.Cost.Packed.Flops / seconds)} a second",
            ["Seed"] = Numbers.Identifier(training.Seed),
        };
    }
}
