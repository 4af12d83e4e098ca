using System.Text.Json.Serialization;
using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training;

/// <summary>Where a training stands between two steps, beside the weights and the optimizer's moments: with these three it can go on as if it had never stopped.</summary>
internal sealed class TrainingState
{
    /// <summary>Steps done, over all epochs.</summary>
    public int Step { get; set; }

    /// <summary>Epochs behind us; the order of the present one follows from the seed and this number.</summary>
    public int Epoch { get; set; }

    /// <summary>Steps done of the present epoch.</summary>
    public int StepInEpoch { get; set; }

    /// <summary>Sum of the losses of the present epoch's targets.</summary>
    public double EpochLoss { get; set; }

    /// <summary>Labelled targets trained on in the present epoch.</summary>
    public long EpochTargets { get; set; }

    /// <summary>Targets trained on, over all epochs.</summary>
    public long Targets { get; set; }

    /// <summary>Tokens encoded in training.</summary>
    public long Tokens { get; set; }

    /// <summary>Time since training began, validations and interruptions by reports included.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Time spent in steps.</summary>
    public double TrainingSeconds { get; set; }

    /// <summary>Time spent in validations.</summary>
    public double ValidationSeconds { get; set; }

    /// <summary>Validations done.</summary>
    public int Validations { get; set; }

    /// <summary>Validations since the best one.</summary>
    public int ValidationsSinceBest { get; set; }

    /// <summary>The last validation; null before the first.</summary>
    public DticValidation? LastValidation { get; set; }

    /// <summary>The best validation, the earlier one of equals; null before the first.</summary>
    public DticValidation? BestValidation { get; set; }

    /// <summary>The weights of the best validation; null before the first.</summary>
    [JsonIgnore]
    public ModelWeights? BestWeights { get; set; }

    /// <summary>The course so far, with the validations.</summary>
    [JsonIgnore]
    public LearningCurve Curve { get; } = new();
}
