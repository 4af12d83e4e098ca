using static System.FormattableString;

namespace Dtic.Transforms.Prompts;

/// <summary>What <see cref="PromptPackingEstimator.Options.MaximumTokensPerInteraction"/> cuts off.</summary>
/// <param name="MaximumTokens">The limit.</param>
/// <param name="IsExact">Whether all rows were looked at, and not a sample of them.</param>
/// <param name="MeanTokens">Tokens of a row that are left.</param>
/// <param name="CutShare">The share of rows that lose something.</param>
/// <param name="Columns">The columns that lose something.</param>
internal sealed record TokenLosses(int MaximumTokens, bool IsExact, double MeanTokens, double CutShare, IReadOnlyList<ColumnLoss> Columns)
{
    /// <summary>What to do about it.</summary>
    public const string Advice = "Raise MaximumTokensPerInteraction, or leave out columns and values that tell little: categorical tokens stand first, then numeric ones, then texts.";

    /// <summary>Whether it is worth a warning.</summary>
    public bool AreMany => CutShare > 0.05 || Columns.Any(column => column.LostShare > 0.01);

    /// <summary>In words; null: nothing is cut off.</summary>
    /// <param name="what">What the rows tell of, in the plural.</param>
    public string? Describe(string what) => CutShare == 0 ? null : Invariant(
        $"{(IsExact ? "" : "About ")}{CutShare:P1} of the {what} have more than MaximumTokensPerInteraction ({MaximumTokens}) tokens and lose the rest: {string.Join("; ", Columns)}.");
}

/// <summary>What the limit cuts off of one column.</summary>
/// <param name="Name">The column.</param>
/// <param name="CutShare">The share of rows in which it loses tokens.</param>
/// <param name="LostShare">The share of rows in which it loses all.</param>
internal readonly record struct ColumnLoss(string Name, double CutShare, double LostShare)
{
    /// <inheritdoc/>
    public override string ToString() => LostShare == 0
        ? Invariant($"'{Name}' is cut in {CutShare:P1}")
        : Invariant($"'{Name}' is cut in {CutShare:P1}, and left out whole in {LostShare:P1}");
}
