using Microsoft.ML;

namespace Dtic.MLNet;

public sealed partial class DticTrainer
{
    public sealed partial class Options
    {
        /// <summary>Prompts with labels to validate on, transformed by the same fitted PackPrompts as the training prompts. Read once.</summary>
        /// <value>null by default. Where there is a validation set, the model gets the weights of the best validation.</value>
        /// <remarks>Only its targets are measured; earlier interactions belong there too, as context (<c>IsTarget</c> = false), as TrainTestSplitByTime gives them.</remarks>
        public IDataView? ValidationSet { get; set; }

        /// <summary>
        /// Share of the labelled targets that is held out of training and validated on: the latest in time over all users, everything from the cut on. Training targets
        /// are all earlier, so no held-out interaction is their context.
        /// </summary>
        /// <value>0 by default: nothing is held out; below 1. Targets of one moment stay together, so the share is the nearest to this one.</value>
        public double ValidationFraction { get; set; }

        /// <summary>The figure that decides which validation is the best.</summary>
        /// <value><see cref="ValidationMetric.AreaUnderRocCurve"/> by default.</value>
        public ValidationMetric ValidationMetric { get; set; }

        /// <summary>Validations in each epoch, at equal distances, the last at the epoch's end.</summary>
        /// <value>1 by default; at least 1.</value>
        public int ValidationsPerEpoch { get; set; } = 1;

        /// <summary>Optimizer steps from one validation to the next; takes the place of <see cref="ValidationsPerEpoch"/>. The last step is always validated.</summary>
        /// <value>null by default; at least 1.</value>
        public int? ValidationInterval { get; set; }

        /// <summary>Ends the training after so many validations in a row that were not better than the best one.</summary>
        /// <value>null by default: never; at least 1. Needs a validation set; a pipeline without one is refused before it reads a row.</value>
        public int? EarlyStoppingRounds { get; set; }

        /// <summary>How Probability is made of Score; needs a validation set, to which it is fitted. Score stays the logit.</summary>
        /// <value><see cref="CalibrationMethod.None"/> by default.</value>
        public CalibrationMethod Calibration { get; set; }

        /// <summary>Weight of a clicked target in the loss; an unclicked one weighs 1. Values above 1 raise the scores; calibrate, or read them as an order only.</summary>
        /// <value>1 by default; above 0.</value>
        public double PositiveInstanceWeight { get; set; } = 1;

        /// <summary>
        /// With e for this value the model is taught y (1 - e) + e / 2 instead of the label y, 0 or 1 (Szegedy et al. 2016, arXiv:1512.00567): scores are less extreme.
        /// </summary>
        /// <value>0 by default; below 0.5.</value>
        public double LabelSmoothing { get; set; }

        /// <summary>
        /// Whether a cancelled <c>Fit</c> returns a model instead of throwing: that of the best validation, or where there was none, the present one. The model's
        /// <see cref="DticModelParameters.Training"/> says so. Cancelled before the first step, it throws all the same.
        /// </summary>
        /// <value>false by default.</value>
        public bool ReturnBestWhenCancelled { get; set; }
    }
}
