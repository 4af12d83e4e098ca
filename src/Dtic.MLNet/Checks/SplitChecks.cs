using Dtic.Transforms;
using Dtic.Transforms.Checks;
using Dtic.Transforms.Prompts;
using static System.FormattableString;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>Whether a test view tests: nothing of it, or of what came after it, was trained on.</summary>
internal static class SplitChecks
{
    public static IEnumerable<CheckFinding> Of(InteractionFacts train, InteractionFacts test, PromptPackingEstimator.Options options)
    {
        if (test.Targets == 0)
        {
            yield return new CheckFinding(Error, "test.rows", "No row of the test view is a target.", $"Check TargetColumnName ({options.TargetColumnName ?? "null"}).");
            yield break;
        }
        yield return new CheckFinding(Information, "test.rows", Invariant($"{test.Targets:N0} test targets, {(test.Labeled == 0 ? "none with a label" : Invariant($"{(double)test.Clicks / test.Labeled:P2} of {test.Labeled:N0} labelled ones clicks"))}; {test.SharedUsers:N0} of {test.Users:N0} test users were trained on."), "");
        if (test.TargetRows.ShareIn(train.Duplicates) is > 0 and var known)
            yield return new CheckFinding(Error, "leak.rows", Invariant($"{known:P1} of the test targets stand in the training view, too (same user, time and item)."), "Their labels were trained on: split by TrainTestSplitByTime, whose test rows are never trained on.");
        if (test.BeforeOther > 0)
            yield return new CheckFinding(Error, "leak.time", Invariant($"{test.BeforeOther:N0} test targets ({(double)test.BeforeOther / test.Targets:P1}) are earlier than a training row of their user."), "The model has seen the user's future: split by TrainTestSplitByTime instead of at random.");
        else if (test.BeforeAllOther > 0)
            yield return new CheckFinding(Warning, "leak.period", Invariant($"{test.BeforeAllOther:N0} test targets ({(double)test.BeforeAllOther / test.Targets:P1}) are earlier than the last training row."), "What others clicked later was trained on, which a service would not know: TrainTestSplitByTime cuts all users at one moment.");
        foreach (var (trained, tested) in train.Columns.Zip(test.Columns).Where(pair => pair.First.Column.Role == ItemRole.Categorical && pair.Second.Values.Kept > 0))
        {
            double unknown = 1 - tested.Values.ShareIn(trained.Values, options.MinimumCount);
            if (unknown > 0.2)
                yield return new CheckFinding(Warning, "test.unknown", Invariant($"{unknown:P0} of the test values of '{trained.Column.Name}' get no token of their own: they are new, or rarer than MinimumCount ({options.MinimumCount}) in training."), "Lower MinimumCount, or name columns that new items share with old ones (text, genres).");
        }
    }
}
