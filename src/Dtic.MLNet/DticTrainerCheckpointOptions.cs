namespace Dtic.MLNet;

public sealed partial class DticTrainer
{
    public sealed partial class Options
    {
        /// <summary>
        /// Folder for checkpoints of the training, made if need be: with <see cref="ResumeFromCheckpoint"/> a training that was killed goes on from the newest, and ends with
        /// the very weights that it would have had. Holds the newest two; each has the best weights so far, too. One folder belongs to one training at a time.
        /// </summary>
        /// <value>null by default: no checkpoints.</value>
        /// <remarks>
        /// Where one trainer is fitted to other data again, as cross-validation fits it to each fold, the second run has the folder <c>fit-2</c> in this one, the third <c>fit-3</c>, and so on;
        /// so a cross-validation that is started again goes on in the fold where it was killed.
        /// A checkpoint is also written when the training ends or is cancelled. Where one cannot be written, a warning is logged and the training goes on; a
        /// folder that cannot be written at the start is an error. They stay when the training has ended: delete the folder when they are no longer wanted.
        /// </remarks>
        public string? CheckpointFolder { get; set; }

        /// <summary>Time from one checkpoint to the next. Longer intervals lose more at a crash.</summary>
        /// <value>10 minutes by default; above 0.</value>
        public TimeSpan CheckpointInterval { get; set; } = TimeSpan.FromMinutes(10);

        /// <summary>Optimizer steps from one checkpoint to the next, where that is sooner than <see cref="CheckpointInterval"/>.</summary>
        /// <value>null by default: time alone decides; at least 1.</value>
        public int? CheckpointSteps { get; set; }

        /// <summary>
        /// Whether to go on from the newest whole checkpoint in <see cref="CheckpointFolder"/>; without one, training begins at the beginning, and a finished training gives
        /// its model at once. Where there are some and all are damaged, <c>Fit</c> throws. Data, options, seed and number of threads have to be those of the checkpoint.
        /// </summary>
        /// <value>false by default: a folder that holds checkpoints is then refused, so that no run deletes another's.</value>
        public bool ResumeFromCheckpoint { get; set; }

        /// <summary>Folder for an event file with loss, learning rate, targets per second and validation metrics, to be watched with TensorBoard; made if need be. Further runs of one trainer have folders in it, as with <see cref="CheckpointFolder"/>.</summary>
        /// <value>null by default: none.</value>
        public string? TensorBoardFolder { get; set; }
    }
}
