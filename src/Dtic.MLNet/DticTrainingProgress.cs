namespace Dtic.MLNet;

/// <summary>Where a training run stands.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="NumberOfEpochs">Epochs of the whole run.</param>
/// <param name="Step">Optimizer steps done, over all epochs.</param>
/// <param name="NumberOfSteps">Optimizer steps of the whole run.</param>
/// <param name="Loss">Mean binary cross-entropy, in nats, over the targets trained on since the epoch began; with class weights and label smoothing, where those are asked for.</param>
/// <param name="LearningRate">Learning rate of the last step.</param>
/// <param name="TargetsPerSecond">Targets trained on per second, over the whole run so far, validations left out.</param>
/// <param name="TokensPerSecond">Tokens encoded per second, likewise.</param>
/// <param name="Elapsed">Time since training began.</param>
/// <param name="Remaining">Estimated time to the end, with the validations to come; early stopping may end it before.</param>
public sealed record DticTrainingProgress(
    int Epoch, int NumberOfEpochs, int Step, int NumberOfSteps, double Loss, double LearningRate,
    double TargetsPerSecond, double TokensPerSecond, TimeSpan Elapsed, TimeSpan Remaining)
{
    /// <summary>The last validation; its <see cref="DticValidation.Step"/> is <see cref="Step"/> where it came right before this report. Null before the first.</summary>
    public DticValidation? LastValidation { get; init; }

    /// <summary>The best validation so far, by <see cref="DticTrainer.Options.ValidationMetric"/>; null before the first.</summary>
    public DticValidation? BestValidation { get; init; }
}
