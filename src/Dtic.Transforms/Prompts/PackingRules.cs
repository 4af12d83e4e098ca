using System.Globalization;

namespace Dtic.Transforms.Prompts;

/// <summary>What the options of packing must satisfy.</summary>
internal static class PackingRules
{
    private const int LongestName = 1024;

    /// <summary>Throws one exception that names every broken rule.</summary>
    public static void Check(PromptPackingEstimator.Options options)
    {
        string[] broken = [.. Broken(options)];
        if (broken.Length > 0)
        {
            throw new ArgumentException($"The options of PackPrompts are wrong: {string.Join(" ", broken)}", nameof(options));
        }
    }

    /// <summary>Every broken rule in words.</summary>
    public static IEnumerable<string> Broken(PromptPackingEstimator.Options options) =>
        BrokenNames(options).Concat(BrokenColumns(options)).Concat(BrokenNumbers(options)).Concat(BrokenDelay(options));

    private static IEnumerable<string> BrokenNames(PromptPackingEstimator.Options options)
    {
        (string Option, string? Name, bool IsOptional)[] names =
        [
            (nameof(options.OutputColumnName), options.OutputColumnName, false),
            (nameof(options.UserColumnName), options.UserColumnName, false),
            (nameof(options.TimeColumnName), options.TimeColumnName, false),
            (nameof(options.LabelColumnName), options.LabelColumnName, true),
            (nameof(options.TargetColumnName), options.TargetColumnName, true),
            (nameof(options.HistoryPrefix), options.HistoryPrefix, false),
            (nameof(options.RowNumberColumnName), options.RowNumberColumnName, true),
        ];
        foreach (var (option, name, isOptional) in names)
        {
            if (name == "" || (name is null && !isOptional))
            {
                yield return $"{option} must be a name{(isOptional ? " or null" : "")}.";
            }

            if (name?.Length > LongestName)
            {
                yield return TooLong(option, name);
            }
        }
    }

    private static IEnumerable<string> BrokenColumns(PromptPackingEstimator.Options options)
    {
        (string Option, IReadOnlyList<string>? Names)[] lists =
        [
            (nameof(options.CategoricalColumnNames), options.CategoricalColumnNames),
            (nameof(options.NumericColumnNames), options.NumericColumnNames),
            (nameof(options.TextColumnNames), options.TextColumnNames),
            (nameof(options.UserColumnNames), options.UserColumnNames),
        ];
        foreach (var (option, names) in lists)
        {
            if (names is null || names.Any(string.IsNullOrEmpty))
            {
                yield return $"{option} must hold names.";
                continue;
            }

            foreach (string name in names.Where(name => name.Length > LongestName))
            {
                yield return TooLong(option, name);
            }

            foreach (var twice in names.GroupBy(name => name, StringComparer.Ordinal).Where(group => group.Count() > 1))
            {
                yield return $"{option} names '{ForeignText.Shown(twice.Key)}' more than once.";
            }
        }

        // Else prompt.json could be longer than its reader takes.
        string[] all = [.. lists.SelectMany(list => list.Names ?? []).Where(name => name is not null)];
        if (all.Sum(name => 100L + name.Length) > 150_000)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{all.Length:N0} columns with names of {all.Sum(name => (long)name.Length):N0} characters together are too many.");
        }

        if (lists[..3].All(list => list.Names is null or []))
        {
            yield return "An interaction needs at least one column: name one in CategoricalColumnNames, NumericColumnNames or TextColumnNames.";
        }

        HashSet<string> categorical = [.. lists[0].Names ?? [], .. lists[3].Names ?? []];
        foreach (string name in options.Separators.Keys.Where(name => !categorical.Contains(name)))
        {
            yield return $"Separators names '{ForeignText.Shown(name)}', which is not a categorical column.";
        }
    }

    private static string TooLong(string option, string name) => string.Create(
        CultureInfo.InvariantCulture, $"{option} has a name of {name.Length:N0} characters ('{ForeignText.Shown(name, longest: 20)}'), {LongestName:N0} are the most.");

    private static IEnumerable<string> BrokenNumbers(PromptPackingEstimator.Options options)
    {
        (string Option, int Value, int Minimum)[] numbers =
        [
            (nameof(options.ContextLength), options.ContextLength, 0),
            (nameof(options.TargetsPerPrompt), options.TargetsPerPrompt, 0),
            (nameof(options.TextVocabularySize), options.TextVocabularySize, 256),
            (nameof(options.MinimumCount), options.MinimumCount, 1),
            (nameof(options.MaximumCategories), options.MaximumCategories, 1),
            (nameof(options.NumberOfBins), options.NumberOfBins, 1),
            (nameof(options.MaximumTokensPerInteraction), options.MaximumTokensPerInteraction, 1),
        ];
        return numbers.Where(number => number.Value < number.Minimum).Select(number =>
            string.Create(CultureInfo.InvariantCulture, $"{number.Option} ({number.Value}) must be {number.Minimum} or more."));
    }

    private static IEnumerable<string> BrokenDelay(PromptPackingEstimator.Options options)
    {
        if (options.OutcomeDelay < TimeSpan.Zero)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"OutcomeDelay ({options.OutcomeDelay}) must not be negative.");
        }

        if (!(options.OutcomeDelayUnits >= 0 && double.IsFinite(options.OutcomeDelayUnits)))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"OutcomeDelayUnits ({options.OutcomeDelayUnits}) must be a finite number, 0 or more.");
        }

        if (!Enum.IsDefined(options.OutcomeOrder))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"OutcomeOrder ({(int)options.OutcomeOrder}) must be StrictTime or RowOrder.");
        }

        if (options.OutcomeOrder == OutcomeOrder.RowOrder && (options.OutcomeDelay != TimeSpan.Zero || options.OutcomeDelayUnits != 0))
        {
            yield return "A delay has no meaning with OutcomeOrder.RowOrder: leave OutcomeDelay and OutcomeDelayUnits at 0, or take OutcomeOrder.StrictTime.";
        }
    }
}
