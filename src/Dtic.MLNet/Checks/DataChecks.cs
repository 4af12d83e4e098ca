using Dtic.Transforms;
using Dtic.Transforms.Checks;
using Dtic.Transforms.Prompts;
using static System.FormattableString;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>What the training data are, and what of it is odd.</summary>
internal static class DataChecks
{
    /// <summary>The code of a column that tells the label; training runs all the same.</summary>
    public const string Leak = "leak.column";

    private const string LeakAdvice = "It is known only after the outcome, or made of it: leave it out of the item columns.";

    // Fewer rows are alike by chance.
    private const int EnoughRows = 20;

    public static IEnumerable<CheckFinding> Of(InteractionFacts facts, PromptPackingEstimator.Options options)
    {
        if (facts.Rows == 0)
        {
            yield return new CheckFinding(Error, "data.rows", "There are no rows.", "Give interactions, one row for each thing that was shown to a user.");
            yield break;
        }
        int[] rows = facts.RowsPerUser();
        yield return new CheckFinding(Information, "data.rows", Invariant($"{facts.Rows:N0} rows of {facts.Users:N0} users; rows per user {rows[0]:N0} at least, {rows[1]:N0} | {rows[2]:N0} | {rows[3]:N0} at the quartiles, {rows[4]:N0} at most."), "");
        foreach (var finding in RepetitionChecks.Of("data", facts).Concat(HistoryChecks.Of(facts))) yield return finding;
        foreach (var finding in Labels(facts, options).Concat(Times(facts, options)).Concat(facts.Columns.SelectMany(column => Column(column, facts, options)))) yield return finding;
        if (facts.WithoutItem > 0)
            yield return new CheckFinding(facts.WithoutItem > facts.Rows / 100 ? Warning : Information, "data.items", Invariant($"{facts.WithoutItem:N0} rows ({(double)facts.WithoutItem / facts.Rows:P1}) have no item: all item columns are empty."), "Histories leave them out, and as targets they cannot be told apart and take a prompt each: check how the columns are loaded, and leave such rows out.");
        if (facts.Duplicates.RepeatedShare is > 0 and var repeated)
            yield return new CheckFinding(repeated > 0.01 ? Warning : Information, "data.duplicates", Invariant($"{repeated:P1} of the rows repeat another of the same user, time and item."), "A row that stands twice counts twice and shows its outcome to its copy where order decides: remove duplicates, unless the item really was shown twice.");
    }

    private static IEnumerable<CheckFinding> Labels(InteractionFacts facts, PromptPackingEstimator.Options options)
    {
        if (facts.Labeled == 0)
        {
            yield return new CheckFinding(Error, "data.labels", facts.Targets == 0 ? "No row is a target." : Invariant($"None of {facts.Targets:N0} targets has a label."), $"Check LabelColumnName ({options.LabelColumnName ?? "null"}) and TargetColumnName ({options.TargetColumnName ?? "null"}).");
            yield break;
        }
        double rate = (double)facts.Clicks / facts.Labeled;
        string found = Invariant($"{facts.Labeled:N0} labelled targets, {rate:P2} of them clicks.");
        yield return rate is 0 or 1
            ? new CheckFinding(Error, "data.labels", found, "Training needs both classes: check how the label is made.")
            : rate is < 0.001 or > 0.999
                ? new CheckFinding(Warning, "data.labels", found, "One class is so rare that scores hardly leave the constant: leave out rows of the other class, and mind that this moves the probabilities.")
                : new CheckFinding(Information, "data.labels", found, "");
        if (facts.Targets > facts.Labeled)
            yield return new CheckFinding(facts.Labeled < facts.Targets / 2 ? Warning : Information, "data.unlabelled", Invariant($"{facts.Targets - facts.Labeled:N0} targets have no label."), "They are history for others and teach nothing themselves.");
    }

    private static IEnumerable<CheckFinding> Times(InteractionFacts facts, PromptPackingEstimator.Options options)
    {
        var times = facts.Times;
        yield return new CheckFinding(Information, "time.range", Invariant($"From {times.Describe(times.Least)} to {times.Describe(times.Greatest)}."), "");
        if (options.InputIsSorted && facts.UnsortedRow is { } row)
            yield return new CheckFinding(Error, "time.unsorted", Invariant($"InputIsSorted is set, but row {row:N0} (counted from 0) goes back in time or to an earlier user."), "Sort by user and time, or leave InputIsSorted at false.");
        if (facts.Rows > 1 && times.Least == times.Greatest)
        {
            yield return new CheckFinding(Warning, "time.equal", "All rows have the same time.", Ties(options));
        }
        else if (options.OutcomeOrder == OutcomeOrder.StrictTime && facts.Moments.SharedShare is > 0.5 and var shared)
        {
            yield return new CheckFinding(Warning, "time.ties", Invariant($"{shared:P0} of the rows share their moment with another row of their user."), Ties(options));
        }
        if (times.Units.Count() > 1)
        {
            yield return new CheckFinding(Error, "time.units", $"The times are of different units: {string.Join(", ", times.Units.Select(unit => Invariant($"{unit.Rows:N0} rows look like Unix {unit.Unit}")))}.", "Bring them to one unit, or rows of one unit all come before those of the other.");
        }
        else if (times.Early == facts.Rows && !times.IsCalendar)
        {
            yield return new CheckFinding(Information, "time.counters", "The times are no Unix times from 1990 to 2100.", "Counters are fine: only their order and OutcomeDelayUnits matter.");
        }
        else if (times.Early > 0)
        {
            yield return new CheckFinding(Warning, "time.early", Invariant($"{times.Early:N0} rows are {(times.IsCalendar ? "before 1990" : "before 1990 or no Unix time")}."), "A missing time often reads as 0, and seconds read as milliseconds lie in January 1970: correct them or leave them out.");
        }
        if (times.Future > 0)
            yield return new CheckFinding(Warning, "time.future", Invariant($"{times.Future:N0} rows lie in the future."), "Check the unit and the time zone.");
    }

    private static string Ties(PromptPackingEstimator.Options options) => options.OutcomeOrder == OutcomeOrder.StrictTime
        ? "With OutcomeOrder.StrictTime rows of one moment do not see each other's outcomes, as in a service. If the order of rows tells what came first, take OutcomeOrder.RowOrder; better are finer times."
        : "The order of rows decides what came first: make sure that it is the true one.";

    private static IEnumerable<CheckFinding> Column(ColumnFacts column, InteractionFacts facts, PromptPackingEstimator.Options options)
    {
        string name = column.Column.Name;
        if (column.NotFinite > 0)
            yield return new CheckFinding(Information, "data.missing", Invariant($"'{name}' holds {column.NotFinite:N0} numbers that are missing or infinite."), "");
        if (column.Empty > 0)
        {
            string found = Invariant($"'{name}' is empty in {column.Empty:N0} rows ({(double)column.Empty / facts.Rows:P1}).");
            yield return column.Empty > facts.Rows / 2 ? new CheckFinding(Warning, "data.missing", found, "Check how it is loaded.") : new CheckFinding(Information, "data.missing", found, "");
        }
        if (column.Column.Role == ItemRole.Categorical && column.Values.Distinct > 0)
        {
            double rare = column.Values.RareShare(options.MinimumCount);
            string found = Invariant($"'{name}' has {(column.Values.ZeroBits > 0 ? "about " : "")}{column.Values.Distinct:N0} values; {rare:P1} of the occurrences are of values rarer than MinimumCount ({options.MinimumCount}).");
            yield return rare > 0.5
                ? new CheckFinding(Warning, "data.values", found, "They share one token and cannot be told apart: is it an id of rows? Otherwise name coarser columns beside it.")
                : new CheckFinding(Information, "data.values", found, "");
        }
        if (column.Column.Role == ItemRole.Categorical && column.Values.Beyond(options.MaximumCategories, options.MinimumCount) is { Hashes: > 0 and var beyond, Share: var lost })
            yield return new CheckFinding(lost > 0.01 ? Warning : Information, "data.categories", Invariant($"{(column.Values.ZeroBits > 0 ? "About " : "")}{beyond:N0} values of '{name}' are beyond MaximumCategories ({options.MaximumCategories:N0}); {lost:P1} of the occurrences are theirs."), "They share one token and cannot be told apart: raise MaximumCategories, or name coarser columns beside it.");
        bool bothClasses = facts.Clicks >= EnoughRows && facts.Labeled - facts.Clicks >= EnoughRows;
        if (bothClasses && column.Column.Role != ItemRole.Numeric && column.Values.PureShare(EnoughRows) is > 0.95 and var pure)
            yield return new CheckFinding(Error, Leak, Invariant($"'{name}' tells the label: {pure:P1} of its occurrences are of values that always come with the same one."), LeakAdvice);
        foreach (var (clicked, notClicked) in column.Ranges)
        {
            if (bothClasses && clicked.Count >= EnoughRows && notClicked.Count >= EnoughRows && (clicked.Least > notClicked.Greatest || clicked.Greatest < notClicked.Least))
                yield return new CheckFinding(Error, Leak, Invariant($"'{name}' tells the label: it lies from {clicked.Least:G6} to {clicked.Greatest:G6} with a click and from {notClicked.Least:G6} to {notClicked.Greatest:G6} without."), LeakAdvice);
        }
    }
}
