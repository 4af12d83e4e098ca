using Dtic.Transforms.Checks;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>Whether a view gives the same at each read.</summary>
internal static class RepetitionChecks
{
    /// <param name="view">"data" for the training view, "validation" or "test".</param>
    /// <param name="facts">What was read of it.</param>
    public static IEnumerable<CheckFinding> Of(string view, InteractionFacts facts)
    {
        if (facts.Repetition == Repetition.OtherOrder)
            yield return new CheckFinding(Warning, $"{view}.order", "The source gives its rows in another order at each read.", $"Rows of one user and one time then have no order, runs do not repeat, and ML.NET's Cache mixes the values of rows, because it caches each column in the pass that asks for it first: order the rows (in SQL by ORDER BY), or {PassHash.ReadOnce}");
        if (facts.Repetition == Repetition.OtherRows)
            yield return new CheckFinding(Error, $"{view}.changing", "The source gives other rows, users, times or labels at each read.", $"What is split, learned from and tested on is then not the same: {PassHash.ReadOnce}");
    }

    /// <summary>What to do about a leak: a source that does not repeat itself leaks through any split that goes by row numbers.</summary>
    /// <param name="train">The training view.</param>
    /// <param name="held">The view that is held out.</param>
    /// <param name="advice">What to do where both repeat themselves.</param>
    public static string LeakAdvice(InteractionFacts train, InteractionFacts held, string advice) => train.Repetition == Repetition.Same && held.Repetition == Repetition.Same
        ? advice
        : "The source does not repeat itself, so that a split by row numbers or by chance mixes its parts at each read: mend that first.";
}
