using Dtic.MLNet.Scoring;
using Dtic.MLNet.Training;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet;

/// <summary>Reads prompts and their labels, and divides them into those to train on and those to validate on.</summary>
internal sealed class TrainingPrompts(DticTrainer.Options options, Action throwIfCancelled)
{
    private sealed record LabelledPrompt(PackedPrompt Prompt, float[] Labels, long[] Times);

    /// <summary>The prompts to train on, and those to validate on; null: none.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="ArgumentException">The validation prompts are not of the same packer.</exception>
    /// <exception cref="InvalidOperationException">A part has no labelled target or only one class, a label is not 0, 1 or NaN, or no cut in time gives the share wanted.</exception>
    public (PromptStore Train, PromptStore? Validation) Read(IDataView trainData, PromptSchema prompts, IDataView? validationData)
    {
        PromptStore train = new();
        PromptStore? validation = null;
        if (options.ValidationFraction > 0)
        {
            var all = new List<LabelledPrompt>();
            var time = prompts.TimeColumn();
            RequireLabels(ReadAll(trainData, prompts, time, all.Add), "train on");
            (train, validation) = Cut(all, time.Name, prompts.ContextLength);
        }
        else
        {
            RequireLabels(ReadAll(trainData, prompts, null, read => train.Add(read.Prompt, read.Labels)), "train on");
        }
        RequireBothClasses(train, "train on");
        if (validationData is not null)
        {
            validation = new PromptStore();
            var schema = PromptSchema.Read(validationData.Schema, options.PromptColumnName);
            RequireSamePacker(prompts, schema);
            RequireLabels(ReadAll(validationData, schema, null, read => validation.Add(read.Prompt, read.Labels)), "validate on");
        }
        if (validation is not null) RequireBothClasses(validation, "validate on");
        return (train, validation);
    }

    /// <summary>Reads a view, and counts its prompts, their targets, and those that have a label.</summary>
    private (long Prompts, long Targets, long Labelled) ReadAll(IDataView input, PromptSchema prompts, DataViewSchema.Column? time, Action<LabelledPrompt> add)
    {
        if (prompts.IsRequest)
        {
            throw new InvalidOperationException(
                $"Column '{options.PromptColumnName}' holds requests, which bring their history along in columns of their own: one can score them, and cannot train on them yet. "
                + "Train on interactions, one a row, with the columns that PackPrompts was fitted to.");
        }
        (long Prompts, long Targets, long Labelled) count = default;
        var label = LabelReader.Find(input.Schema, options.LabelColumnName);
        var columns = prompts.Columns.Append(label);
        using var cursor = input.GetRowCursor((time is { } wanted ? columns.Append(wanted) : columns).DistinctBy(column => column.Index));
        var readPrompt = prompts.Getter(cursor);
        var readLabels = LabelReader.Create(cursor, label);
        var readTimes = time is { } found ? PromptSchema.TimeGetter(cursor, found) : null;
        while (cursor.MoveNext())
        {
            throwIfCancelled();
            var read = new LabelledPrompt(readPrompt(), readLabels(), readTimes?.Invoke() ?? []);
            Check(label.Name, read.Labels.Length, read.Prompt, "labels");
            if (time is { } column) Check(column.Name, read.Times.Length, read.Prompt, "times");
            count = (count.Prompts + 1, count.Targets + read.Labels.Length, count.Labelled + read.Labels.Length - read.Labels.AsSpan().Count(float.NaN));
            add(read);
        }
        return count;
    }

    private static void Check(string column, int values, PackedPrompt prompt, string what)
    {
        int targets = prompt.TargetCount;
        if (values == targets) return;
        throw new InvalidOperationException(FormattableString.Invariant(
            $"{(what == "labels" ? "Label column" : "Time column")} '{column}' has {values} values in a prompt of {targets} targets. ")
            + $"Compute {what} before PackPrompts, which lays them out one per target.");
    }

    /// <summary>
    /// A user's targets stand in order of time, so the validation targets are the last of a prompt. It is cut in two, and the part to train on ends with its last target.
    /// </summary>
    private (PromptStore Train, PromptStore Validation) Cut(List<LabelledPrompt> all, string timeColumn, int contextLength)
    {
        long[] instants = [.. all.SelectMany(read => read.Times.Zip(read.Labels)).Where(target => !float.IsNaN(target.Second)).Select(target => target.First)];
        if (TimeCutByFraction.Nearest(instants, options.ValidationFraction) is not { } cut)
        {
            throw new InvalidOperationException(FormattableString.Invariant(
                $"{nameof(DticTrainer.Options.ValidationFraction)} ({options.ValidationFraction}) cannot be held out: the {instants.Length} labelled targets all have the same time in column '{timeColumn}'."));
        }
        PromptStore train = new(), validation = new();
        foreach (var read in all)
        {
            int first = Array.FindIndex(read.Times, time => time >= cut);
            if (first < 0)
            {
                train.Add(read.Prompt, read.Labels);
                continue;
            }
            if (Array.FindLastIndex(read.Times, time => time < cut) > first)
                throw new InvalidOperationException($"The targets of a prompt are not in order of time in column '{timeColumn}'; PackPrompts puts them in order.");
            if (first > 0) train.Add(read.Prompt.Slice(0, first, contextLength), read.Labels.AsSpan(0, first));
            validation.Add(read.Prompt.Slice(first, read.Labels.Length - first, contextLength), read.Labels.AsSpan(first));
        }
        return (train, validation);
    }

    private static void RequireSamePacker(PromptSchema train, PromptSchema validation)
    {
        const string Remedy = "Transform both by the same fitted PackPrompts.";
        if (train.VocabularyHash != validation.VocabularyHash)
            throw new ArgumentException($"The validation set holds prompts of vocabulary {PromptCheck.Short(validation.VocabularyHash)}, the training set of vocabulary {PromptCheck.Short(train.VocabularyHash)}. {Remedy}");
        if (train.ContextLength != validation.ContextLength)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"The validation set holds prompts with a context of {validation.ContextLength} interactions, the training set of {train.ContextLength}. ") + Remedy);
        }
    }

    private void RequireLabels((long Prompts, long Targets, long Labelled) count, string use)
    {
        if (count.Labelled > 0) return;
        throw new InvalidOperationException(
            count.Prompts == 0 ? $"There is nothing to {use}: the view has no prompts. Check that rows are left of the data, and that some of them are targets."
            : FormattableString.Invariant($"There is nothing to {use}: none of the {count.Targets} targets has a label in '{options.LabelColumnName}'. Check the label column and the target flags."));
    }

    private void RequireBothClasses(PromptStore store, string use)
    {
        if (store.PositiveCount > 0 && store.PositiveCount < store.LabeledCount) return;
        throw new InvalidOperationException(FormattableString.Invariant(
            $"All {store.LabeledCount} labelled targets {(use == "train on" ? "" : "to validate on ")}are {(store.PositiveCount == 0 ? "negative" : "positive")}; ")
            + $"{(use == "train on" ? "training" : "validation")} needs both classes in '{options.LabelColumnName}'.");
    }
}
