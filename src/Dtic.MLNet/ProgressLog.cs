using System.Globalization;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet;

/// <summary>Writes a line to <c>MLContext.Log</c> at every epoch's end, every ten seconds and for every validation.</summary>
internal sealed class ProgressLog(IChannel channel)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private TimeSpan _next = Interval;

    public void Report(DticTrainingProgress progress)
    {
        if (progress.LastValidation is { } validation && validation.Step == progress.Step)
        {
            string best = progress.BestValidation == validation ? "the best so far" : string.Create(CultureInfo.InvariantCulture, $"the best was {Describe(progress.BestValidation!)} after step {progress.BestValidation!.Step:N0}");
            channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture, $"Validation after step {progress.Step:N0}: {Describe(validation)}, {best}."));
        }
        bool epochEnds = progress.Step % (progress.NumberOfSteps / progress.NumberOfEpochs) == 0;
        if (!epochEnds && progress.Elapsed < _next) return;
        _next = progress.Elapsed + Interval;
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"Epoch {progress.Epoch}/{progress.NumberOfEpochs}, step {progress.Step:N0}/{progress.NumberOfSteps:N0}: loss {progress.Loss:F4}, {progress.TargetsPerSecond:N0} targets/s, {progress.TokensPerSecond:N0} tokens/s, {(long)progress.Remaining.TotalHours}:{progress.Remaining:mm\\:ss} left."));
    }

    /// <summary>Says at the end whose weights the model has, where these are not the last ones as planned.</summary>
    public static void End(IChannel channel, DticTrainingSummary training)
    {
        string weights = string.Create(CultureInfo.InvariantCulture, $"the model has the weights after step {training.BestStep:N0}.");
        string steps = string.Create(CultureInfo.InvariantCulture, $"after {training.Steps:N0} of {training.NumberOfSteps:N0} steps");
        if (training.End == TrainingEnd.Cancelled) channel.Warning(MessageSensitivity.None, $"Training was cancelled {steps}; {weights}");
        else if (training.End == TrainingEnd.StoppedEarly) channel.Info(MessageSensitivity.None, $"Training stopped early {steps}; {weights}");
        else if (training.BestStep != training.Steps) channel.Info(MessageSensitivity.None, $"Training ended {steps}; {weights}");
    }

    private static string Describe(DticValidation validation) => string.Create(CultureInfo.InvariantCulture, $"AUC {validation.AreaUnderRocCurve:F4}, log-loss {validation.LogLoss:F4} nats");
}
