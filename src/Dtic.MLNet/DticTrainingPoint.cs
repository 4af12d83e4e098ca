namespace Dtic.MLNet;

/// <summary>A point of a training's course: the steps since the point before it.</summary>
/// <param name="Step">The last of these steps, from 1.</param>
/// <param name="Epoch">Its epoch, from 1.</param>
/// <param name="Loss">Mean loss over these steps' targets, as <see cref="DticTrainingProgress.Loss"/> counts it.</param>
/// <param name="LearningRate">Learning rate of the last step.</param>
/// <param name="TargetsPerSecond">Labelled targets trained on per second, validations left out.</param>
/// <param name="TokensPerSecond">Tokens encoded per second, likewise.</param>
/// <param name="ValidationAreaUnderRocCurve">What a validation after the last step measured; null: there was none.</param>
/// <param name="ValidationLogLoss">Likewise, in nats.</param>
public sealed record DticTrainingPoint(
    int Step, int Epoch, double Loss, double LearningRate, double TargetsPerSecond, double TokensPerSecond,
    double? ValidationAreaUnderRocCurve = null, double? ValidationLogLoss = null);
