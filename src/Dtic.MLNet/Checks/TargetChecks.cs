using Dtic.Transforms;
using Dtic.Transforms.Checks;
using Microsoft.ML;
using static System.FormattableString;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>Whether the rows that count as targets are those that are meant.</summary>
internal static class TargetChecks
{
    private static readonly string? Default = new PromptPackingEstimator.Options().TargetColumnName;

    /// <param name="schema">The training view's columns.</param>
    /// <param name="train">What was read of it.</param>
    /// <param name="options">How it is packed.</param>
    public static IEnumerable<CheckFinding> Of(DataViewSchema schema, InteractionFacts train, PromptPackingEstimator.Options options)
    {
        if (options.TargetColumnName is { } wanted && !train.HasTargetFlag)
        {
            string? alike = schema.Select(column => column.Name).FirstOrDefault(name => string.Equals(name, wanted, StringComparison.OrdinalIgnoreCase));
            if (wanted != Default || alike is not null)
                yield return new CheckFinding(Warning, "data.targets", $"There is no column '{wanted}' (TargetColumnName): all rows count as targets.", alike is null ? "Check the name; null says that all rows are targets." : $"Is '{alike}' meant? Names are case sensitive.");
        }
        if (train.Targets > 0 && train.Targets < train.Rows && train.LastContext < train.FirstTarget)
            yield return new CheckFinding(Warning, "data.testset", Invariant($"Only {train.Targets:N0} of {train.Rows:N0} rows are targets, and all others are earlier than each of them, as in the test set of a split."), "Only targets are trained on: give the split's TrainSet.");
    }

    /// <param name="view">"test" or "validation".</param>
    /// <param name="train">The training view.</param>
    /// <param name="held">The view that is held out.</param>
    /// <param name="options">How both are packed.</param>
    public static IEnumerable<CheckFinding> Of(string view, InteractionFacts train, InteractionFacts held, PromptPackingEstimator.Options options)
    {
        if (train.HasTargetFlag && !held.HasTargetFlag)
            yield return new CheckFinding(Warning, $"{view}.targets", $"The training view has the target flag '{options.TargetColumnName}', and the {view} view has none: all its rows count as targets.", "If some of its rows are history only, flag them false; a split in time does.");
        if (held.Clicks == 0 || held.Clicks == held.Labeled)
            yield return new CheckFinding(Error, $"{view}.labels", held.Labeled == 0 ? Invariant($"None of {held.Targets:N0} {view} targets has a label.") : Invariant($"All {held.Labeled:N0} labelled {view} targets are {(held.Clicks == 0 ? "without a click" : "clicks")}."), $"Scores can be held against labels of both classes only: check LabelColumnName ({options.LabelColumnName ?? "null"}) and how the label is made.");
    }
}
