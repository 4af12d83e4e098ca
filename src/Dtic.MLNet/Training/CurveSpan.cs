namespace Dtic.MLNet.Training;

/// <summary>Consecutive steps of a training, summed up.</summary>
/// <param name="Steps">How many.</param>
/// <param name="LastStep">The last of them, from 1.</param>
/// <param name="Epoch">The epoch of the last one, from 1.</param>
/// <param name="Loss">Sum of the targets' losses.</param>
/// <param name="Targets">Targets trained on.</param>
/// <param name="Tokens">Tokens encoded.</param>
/// <param name="Seconds">Time, validations left out.</param>
/// <param name="LearningRate">That of the last step.</param>
/// <param name="Validation">What was measured after the last step; null: nothing.</param>
internal sealed record CurveSpan(
    int Steps, int LastStep, int Epoch, double Loss, long Targets, long Tokens, double Seconds, double LearningRate, DticValidation? Validation)
{
    /// <summary>This span and the one behind it in one; keeps the later validation only.</summary>
    public CurveSpan With(CurveSpan next) => next with
    {
        Steps = Steps + next.Steps,
        Loss = Loss + next.Loss,
        Targets = Targets + next.Targets,
        Tokens = Tokens + next.Tokens,
        Seconds = Seconds + next.Seconds,
    };

    /// <summary>The span as a point of a curve.</summary>
    public DticTrainingPoint ToPoint()
    {
        double seconds = Math.Max(Seconds, 1e-9);
        return new DticTrainingPoint(
            LastStep, Epoch, Loss / Math.Max(1, Targets), LearningRate, Targets / seconds, Tokens / seconds, Validation?.AreaUnderRocCurve, Validation?.LogLoss);
    }
}
