using Dtic.MLNet.Checks;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;
using Dtic.Transforms.Prompts;
using Microsoft.ML;

namespace Dtic.MLNet;

/// <summary>What to look at when a model does not do what it should.</summary>
public static class DticDiagnostics
{
    /// <summary>Scores the same targets packed and one at a time, and says how far apart the scores are.</summary>
    /// <param name="model">A fitted pipeline with one <see cref="DticPredictionTransformer"/>, or this transformer alone.</param>
    /// <param name="data">What the model transforms: interactions for a pipeline that packs them, prompts for the transformer alone.</param>
    /// <returns>The differences between the logits, and what they do to AUC and log-loss.</returns>
    /// <remarks>
    /// With <see cref="ContextAttention.Isolated"/> the scores are equal to rounding, for any number of targets per prompt. With
    /// <see cref="ContextAttention.Windowed"/> the difference is what leaks to a packed target from beyond its window. Labels are read from the
    /// column that the model was trained with; where it is missing, and for data in request form, areas and log-losses are NaN. Takes the
    /// time of both ways of scoring, and beside one batch of prompts twelve bytes of memory for each target.
    /// </remarks>
    /// <exception cref="ArgumentException">The pipeline has no such transformer or several, or the data are not what it transforms.</exception>
    /// <exception cref="InvalidOperationException">The data have no target, or a label is not 0, 1 or NaN.</exception>
    /// <exception cref="TorchUnavailableException">The native torch library cannot be loaded.</exception>
    public static PackingComparison ComparePackedToSlidingWindow(ITransformer model, IDataView data)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(data);
        var scorer = ModelParts.Only<DticPredictionTransformer>(model);
        var comparer = new PackingComparer(scorer.Model.Calibration ?? PlattScaling.None);
        var view = Scored(model, data);
        var prompts = PromptSchema.Read(view.Prompts.Schema, scorer.PromptColumnName);
        DataViewSchema.Column? label = prompts.IsRequest || view.Prompts.Schema.GetColumnOrNull(scorer.LabelColumnName) is null
            ? null
            : LabelReader.Find(view.Prompts.Schema, scorer.LabelColumnName);
        using var cursor = view.Prompts.GetRowCursor(label is { } column ? prompts.Columns.Append(column) : prompts.Columns);
        var readPrompt = prompts.Getter(cursor);
        var readLabels = label is { } found ? LabelReader.Create(cursor, found) : null;
        while (cursor.MoveNext())
        {
            var prompt = readPrompt();
            comparer.Add(prompt, readLabels?.Invoke() ?? [.. Enumerable.Repeat(float.NaN, prompt.TargetCount)]);
            if (comparer.Cost >= view.TokensPerBatch) comparer.Score(view.Scorer);
        }
        comparer.Score(view.Scorer);
        return comparer.Compare();
    }

    /// <summary>Looks before training at the machine, the data and the split, and says what is wrong and what to do about it.</summary>
    /// <param name="packing">How interactions become prompts.</param>
    /// <param name="trainer">What would be trained.</param>
    /// <param name="train">Interactions to train on.</param>
    /// <param name="test">Interactions to test on; null: there are none, and the split is not looked at.</param>
    /// <returns>Findings with their severity, a code, what was found and what to do; print it to read them as a table.</returns>
    /// <remarks>
    /// <para>
    /// <b>Machine:</b> whether torch loads, the device asked for is there, and the memory that training takes is free. <b>Data:</b> rows, users and histories, labels, times
    /// (units, ties, order, future), values of categorical columns, duplicates. <b>Leaks:</b> columns that tell the label, test rows that were trained on or that are older than
    /// training rows.
    /// </para>
    /// <para>
    /// Reads each view once, in memory bounded by the number of users: of more than a million different values or rows a sample by hash is counted. Where nothing is wrong
    /// with the training view, it is then packed as in training, to estimate cost and memory. Nothing is trained. Odd data do not throw: what cannot be read is a finding.
    /// </para>
    /// </remarks>
    public static CheckReport Check(PromptPackingEstimator packing, DticTrainer trainer, IDataView train, IDataView? test = null)
    {
        ArgumentNullException.ThrowIfNull(packing);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(train);
        return Preflight.Run(packing, trainer, train, test);
    }

    /// <summary>What the scorer makes of the data; what stands behind it in the pipeline is left out.</summary>
    private static ScoredView Scored(ITransformer model, IDataView data)
    {
        // The pipeline itself knows which of its parts are for training only; so it is asked first.
        if (model.Transform(data) is ScoredView whole) return whole;
        foreach (var part in (IEnumerable<ITransformer>)model)
        {
            if (ModelParts.Of(part).Any(p => p is DticPredictionTransformer)) return Scored(part, data);
            data = part.Transform(data);
        }
        throw new ArgumentException($"The pipeline has no part of type {nameof(DticPredictionTransformer)}.", nameof(model));
    }
}
