using Dtic.MLNet.Evaluation;
using Dtic.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Adds figures of click models to <see cref="BinaryClassificationCatalog"/>. They take the scores of any binary classifier with probabilities.</summary>
public static class ClickEvaluationCatalog
{
    /// <summary>Measures how good scores are, with intervals, calibration and, given the user column, ranking within users.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="scored">Scored rows with Score and Probability.</param>
    /// <param name="labelColumnName">The label column: Boolean, or Single with 0, 1 and NaN (skipped).</param>
    /// <param name="userColumnName">The user column; null: all rows count as independent.</param>
    /// <inheritdoc cref="EvaluateClicks(BinaryClassificationCatalog, IDataView, ClickEvaluationOptions)"/>
    public static ClickMetrics EvaluateClicks(
        this BinaryClassificationCatalog catalog, IDataView scored, string labelColumnName = "Label", string? userColumnName = null) =>
        catalog.EvaluateClicks(scored, new ClickEvaluationOptions { LabelColumnName = labelColumnName, UserColumnName = userColumnName });

    /// <summary>Measures how good scores are, by length of history and by seen and unseen items, too, where the options name these columns.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="scored">Scored rows. They are read once.</param>
    /// <param name="options">The columns and settings.</param>
    /// <returns>The figures.</returns>
    /// <remarks>Keeps at most 15 bytes a row, some more while it reads and sorts, and each user and item of the training data once: tens of bytes a row at the peak.</remarks>
    /// <exception cref="ArgumentException">The options break rules, or a column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">No row has a label; or a label, score, probability or history length is none.</exception>
    public static ClickMetrics EvaluateClicks(this BinaryClassificationCatalog catalog, IDataView scored, ClickEvaluationOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(scored);
        ArgumentNullException.ThrowIfNull(options);
        using var log = MLNetInternals.Environment(catalog).Start(nameof(EvaluateClicks));
        return ClickEvaluator.Evaluate(ScoredRows.Read(scored, options, log), options);
    }

    /// <summary>Says how far the scores of now have moved from those of a reference: their distribution, label rate, unseen items, histories, and calibration by time.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="reference">Scored rows of when the model was found good, usually its test set. They are read once.</param>
    /// <param name="current">Scored rows of now. They are read once; labels may be missing in part or as a column.</param>
    /// <param name="options">The columns and settings, for both views.</param>
    /// <returns>The comparison.</returns>
    /// <remarks>Keeps at most 15 bytes a row of either view, some more while it reads and sorts, and each item of the training data once: tens of bytes a row at the peak.</remarks>
    /// <exception cref="ArgumentException">The options break rules, or a column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">A view has no rows; or a label, probability or history length is none.</exception>
    public static ScoreDrift CompareDrift(this BinaryClassificationCatalog catalog, IDataView reference, IDataView current, DriftOptions options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(reference);
        ArgumentNullException.ThrowIfNull(current);
        ArgumentNullException.ThrowIfNull(options);
        using var log = MLNetInternals.Environment(catalog).Start(nameof(CompareDrift));
        return DriftComparer.Compare(reference, current, options, log);
    }
}
