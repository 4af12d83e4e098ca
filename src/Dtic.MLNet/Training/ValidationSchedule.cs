namespace Dtic.MLNet.Training;

/// <summary>After which steps there is a validation; always after the last.</summary>
internal sealed class ValidationSchedule(TrainingOptions options, int stepsPerEpoch)
{
    private readonly int _steps = stepsPerEpoch * options.NumberOfEpochs;
    private readonly int _perEpoch = Math.Min(options.ValidationsPerEpoch, stepsPerEpoch);

    /// <summary>Whether one is due when so many steps are done.</summary>
    public bool IsDue(int step) => CountThrough(step) > CountThrough(step - 1);

    /// <summary>How many follow when so many steps are done.</summary>
    public int CountAfter(int step) => CountThrough(_steps) - CountThrough(step);

    private int CountThrough(int step) => options.ValidationInterval is { } interval
        ? (step / interval) + (step == _steps && step % interval > 0 ? 1 : 0)
        : (int)((long)step * _perEpoch / Math.Max(1, stepsPerEpoch));
}
