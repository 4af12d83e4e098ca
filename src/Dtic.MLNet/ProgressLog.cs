using System.Globalization;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet;

/// <summary>Writes a line to <c>MLContext.Log</c> at every epoch's end and every ten seconds.</summary>
internal sealed class ProgressLog(IChannel channel)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);
    private TimeSpan _next = Interval;

    public void Report(DticTrainingProgress progress)
    {
        bool epochEnds = progress.Step % (progress.NumberOfSteps / progress.NumberOfEpochs) == 0;
        if (!epochEnds && progress.Elapsed < _next) return;
        _next = progress.Elapsed + Interval;
        channel.Info(MessageSensitivity.None, string.Create(CultureInfo.InvariantCulture,
            $"Epoch {progress.Epoch}/{progress.NumberOfEpochs}, step {progress.Step:N0}/{progress.NumberOfSteps:N0}: loss {progress.Loss:F4}, {progress.TargetsPerSecond:N0} targets/s, {progress.TokensPerSecond:N0} tokens/s, {progress.Remaining:h\\:mm\\:ss} left."));
    }
}
