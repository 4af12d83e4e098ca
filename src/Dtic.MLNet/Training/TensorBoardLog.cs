using TorchSharp.Modules;
using static TorchSharp.torch.utils;

namespace Dtic.MLNet.Training;

/// <summary>Writes the course of a training as scalars for TensorBoard, in an event file of its own: after a resumption a second one in the same folder.</summary>
/// <param name="folder">The folder; made if need be.</param>
/// <param name="state">The training's state.</param>
/// <param name="warn">Told of the first failure; nothing is written from then on.</param>
internal sealed class TensorBoardLog(string folder, TrainingState state, Action<string> warn)
{
    private SummaryWriter? _writer = tensorboard.SummaryWriter(folder);
    private (int Epoch, double Loss, long Targets) _last = (state.Epoch, state.EpochLoss, state.EpochTargets);

    /// <summary>Writes what the last step gave.</summary>
    public void StepDone(DticTrainingProgress progress)
    {
        if (_writer is not { } writer) return;
        var before = state.Epoch == _last.Epoch ? _last : default;
        _last = (state.Epoch, state.EpochLoss, state.EpochTargets);
        try
        {
            Add("Loss/train", (state.EpochLoss - before.Loss) / Math.Max(1, state.EpochTargets - before.Targets));
            Add("LearningRate", progress.LearningRate);
            Add("TargetsPerSecond", progress.TargetsPerSecond);
            if (state.LastValidation is not { } validation || validation.Step != progress.Step) return;
            Add("Loss/validation", validation.LogLoss);
            Add("AUC/validation", validation.AreaUnderRocCurve);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _writer = null;
            warn($"Nothing more is written for TensorBoard: {e.Message}");
        }

        void Add(string tag, double value) => writer.add_scalar(tag, (float)value, progress.Step, DateTimeOffset.UtcNow.ToUnixTimeSeconds());
    }
}
