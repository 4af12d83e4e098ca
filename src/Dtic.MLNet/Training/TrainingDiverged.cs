namespace Dtic.MLNet.Training;

/// <summary>The error of a training whose numbers left the finite ones: it could only go on to a model that scores NaN.</summary>
internal static class TrainingDiverged
{
    public static InvalidOperationException In(int step) => new(FormattableString.Invariant(
        $"Training diverged: after {step} steps the loss is not a finite number. Lower LearningRate or MaximumGradientNorm, or raise WarmupFraction."));
}
