namespace Dtic.MLNet.Evaluation;

/// <summary>Names of groups of history lengths.</summary>
internal static class HistoryGroups
{
    /// <param name="bounds">The least length of each group.</param>
    /// <param name="group">Number of the group.</param>
    public static string Name(IReadOnlyList<int> bounds, int group)
    {
        int least = bounds[group];
        if (group == bounds.Count - 1) return FormattableString.Invariant($"{least} and more");
        int most = bounds[group + 1] - 1;
        return least == most ? FormattableString.Invariant($"{least}") : FormattableString.Invariant($"{least} to {most}");
    }
}
