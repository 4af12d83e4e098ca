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
    /// <param name="validation">Interactions that <see cref="DticTrainer.Fit(IDataView, IDataView)"/> validates on; null: the trainer's options say what does. They are looked at as test interactions are.</param>
    /// <returns>Findings with their severity, a code, what was found and what to do; print it to read them as a table.</returns>
    /// <remarks>
    /// <para>
    /// <b>Machine:</b> whether torch loads, the device asked for is there, and the memory that training takes is free. <b>Data:</b> rows, users and histories, labels, times
    /// (units, ties, order, future), values of categorical columns, what is missing, duplicates, columns whose tokens are cut off, and whether the source gives the same rows in the same order at each read. <b>Leaks:</b> columns that tell the label, test rows that were trained on or that are older than
    /// training rows. <b>Split:</b> target flags and labels, test users without the history that the training view has of them, values that are new. <b>Training:</b> too few updates, options that need a
    /// validation set where there is none.
    /// </para>
    /// <para>
    /// Reads each view once, and users, times and labels a second time, in memory bounded by the number of users: of more than a million different values or rows a sample by hash is counted. Where nothing is wrong
    /// with the training view, it is then packed as in training, to estimate cost and memory. Nothing is trained. Odd data do not throw: what cannot be read is a finding.
    /// </para>
    /// </remarks>
    public static CheckReport Check(PromptPackingEstimator packing, DticTrainer trainer, IDataView train, IDataView? test = null, IDataView? validation = null)
    {
        ArgumentNullException.ThrowIfNull(packing);
        ArgumentNullException.ThrowIfNull(trainer);
        ArgumentNullException.ThrowIfNull(train);
        return Preflight.Run(packing, trainer, train, test, validation);
    }

    /// <summary>Says what each interaction of a user's history does to the score of one request.</summary>
    /// <typeparam name="TRequest">The class of requests, as a prediction engine takes it.</typeparam>
    /// <param name="model">A fitted pipeline with one <see cref="PromptPackingTransformer"/> and one <see cref="DticPredictionTransformer"/>.</param>
    /// <param name="request">The request.</param>
    /// <inheritdoc cref="Explain(ITransformer, IDataView)"/>
    public static ScoreExplanation Explain<TRequest>(ITransformer model, TRequest request)
        where TRequest : class
    {
        ArgumentNullException.ThrowIfNull(request);
        return Explain(model, request as IDataView ?? new MLContext().Data.LoadFromEnumerable([request]));
    }

    /// <summary>Says what each interaction of a user's history does to the score of one request.</summary>
    /// <param name="model">A fitted pipeline with one <see cref="PromptPackingTransformer"/> and one <see cref="DticPredictionTransformer"/>.</param>
    /// <param name="request">A view of one row, which is a request: the candidate's columns, and vectors with the user's history.</param>
    /// <returns>The score, the score without history, and what leaving out each interaction of the window changes.</returns>
    /// <remarks>
    /// Scores n + 2 prompts together (n: the context length). Where one interaction is left out of a longer history, no older one takes its place.
    /// Scores are those of the click model, before any calibrator that ML.NET appended to it.
    /// </remarks>
    /// <exception cref="ArgumentException">The pipeline has not one packer and one scorer, or the data are not one request.</exception>
    /// <exception cref="InvalidOperationException">Two vectors of the history differ in length, times go backwards, or a label is neither 0, 1 nor NaN.</exception>
    /// <exception cref="TorchUnavailableException">The native torch library cannot be loaded.</exception>
    public static ScoreExplanation Explain(ITransformer model, IDataView request)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(request);
        var packer = ModelParts.Only<PromptPackingTransformer>(model);
        var scorer = ModelParts.Only<DticPredictionTransformer>(model);
        var view = Scored(model, request);
        var form = packer.FindRequest(view.Prompts.Schema);
        var prompts = PromptSchema.Read(view.Prompts.Schema, scorer.PromptColumnName);
        using var cursor = view.Prompts.GetRowCursor(prompts.Columns.Concat(form.Dependencies));
        var readPrompt = prompts.Getter(cursor);
        var history = form.CreateHistory(cursor);
        if (!cursor.MoveNext()) throw new ArgumentException("An explanation wants one request; the view has no row.", nameof(request));
        var prompt = readPrompt();
        history.Load();
        var explanation = LeaveOneOut.Explain(prompt, history, packer, view.Scorer, scorer.Model.Calibration ?? PlattScaling.None);
        return cursor.MoveNext() ? throw new ArgumentException("An explanation wants one request; the view has several rows.", nameof(request)) : explanation;
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
