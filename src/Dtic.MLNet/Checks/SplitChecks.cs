using Dtic.Transforms;
using Dtic.Transforms.Checks;
using Dtic.Transforms.Prompts;
using static System.FormattableString;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>Whether a view that is held out tests or validates: nothing of it, or of what came after it, was trained on, and it has the history that a service would have.</summary>
internal static class SplitChecks
{
    /// <param name="view">"test" or "validation".</param>
    /// <param name="train">The training view.</param>
    /// <param name="held">The view that is held out.</param>
    /// <param name="options">How both are packed.</param>
    public static IEnumerable<CheckFinding> Of(string view, InteractionFacts train, InteractionFacts held, PromptPackingEstimator.Options options)
    {
        foreach (var finding in RepetitionChecks.Of(view, held)) yield return finding;
        if (held.Targets == 0)
        {
            yield return new CheckFinding(Error, $"{view}.rows", $"No row of the {view} view is a target.", $"Check TargetColumnName ({options.TargetColumnName ?? "null"}).");
            yield break;
        }
        yield return new CheckFinding(Information, $"{view}.rows", Invariant($"{held.Targets:N0} {view} targets, {(held.Labeled == 0 ? "none with a label" : Invariant($"{(double)held.Clicks / held.Labeled:P2} of {held.Labeled:N0} labelled ones clicks"))}; {held.SharedUsers:N0} of {held.Users:N0} {view} users were trained on."), "");
        foreach (var finding in TargetChecks.Of(view, train, held, options)) yield return finding;
        if (held.TargetRows.ShareIn(train.Duplicates) is > 0 and var known)
            yield return new CheckFinding(Error, "leak.rows", Invariant($"{known:P1} of the {view} targets stand in the training view, too (same user, time and item)."), RepetitionChecks.LeakAdvice(train, held, "Their labels were trained on: split by TrainTestSplitByTime, whose test rows are never trained on."));
        if (held.BeforeOther > 0)
            yield return new CheckFinding(Error, "leak.time", Invariant($"{held.BeforeOther:N0} {view} targets ({(double)held.BeforeOther / held.Targets:P1}) are earlier than a training row of their user."), RepetitionChecks.LeakAdvice(train, held, "The model has seen the user's future: split by TrainTestSplitByTime instead of at random."));
        else if (held.BeforeAllOther > 0)
            yield return new CheckFinding(Warning, "leak.period", Invariant($"{held.BeforeAllOther:N0} {view} targets ({(double)held.BeforeAllOther / held.Targets:P1}) are earlier than the last training row."), RepetitionChecks.LeakAdvice(train, held, "What others clicked later was trained on, which a service would not know: TrainTestSplitByTime cuts all users at one moment."));
        if (held.BeforeOther == 0 && held.ShortOfContext(options.ContextLength) is { Users: > 0 and var users, MostRows: var most })
            yield return new CheckFinding(Warning, $"{view}.context", Invariant($"{users:N0} of {held.SharedUsers:N0} {view} users that were trained on bring fewer earlier rows along ({most:N0} at most) than ContextLength ({options.ContextLength:N0}) takes and the training view has."), Invariant($"Their first targets are scored with less history than a service knows: split by TrainTestSplitByTime with contextLength: {options.ContextLength}."));
        foreach (var (trained, heldOut) in train.Columns.Zip(held.Columns).Where(pair => pair.First.Column.Role == ItemRole.Categorical && pair.Second.Values.Kept > 0))
        {
            double unknown = 1 - heldOut.Values.ShareIn(trained.Values, options.MinimumCount);
            if (unknown > 0.2)
                yield return new CheckFinding(Warning, $"{view}.unknown", Invariant($"{unknown:P0} of the {view} values of '{trained.Column.Name}' get no token of their own: they are new, or rarer than MinimumCount ({options.MinimumCount}) in training."), "Lower MinimumCount, or name columns that new items share with old ones (text, genres).");
        }
    }
}
