namespace Dtic.MLNet;

/// <summary>How a training ended.</summary>
public enum TrainingEnd
{
    /// <summary>All steps were done.</summary>
    Completed,

    /// <summary>Validations had not improved for <see cref="DticTrainer.Options.EarlyStoppingRounds"/>.</summary>
    StoppedEarly,

    /// <summary>It was cancelled, and the model is the best so far; see <see cref="DticTrainer.Options.ReturnBestWhenCancelled"/>.</summary>
    Cancelled,
}
