namespace Dtic.Transforms.Prompts;

/// <summary>Which interactions of one user stand in one prompt: <c>[Begin, End)</c>, of which those from <paramref name="FirstTarget"/> on are targets where the user's flags say so.</summary>
/// <param name="Begin">First interaction, at most contextLength before the first target.</param>
/// <param name="FirstTarget">The first target.</param>
/// <param name="End">One behind the last target.</param>
internal readonly record struct PromptRange(int Begin, int FirstTarget, int End);

/// <summary>Cuts one user's history, oldest first, into prompts.</summary>
internal static class PromptPlan
{
    /// <summary>
    /// Every target comes into exactly one prompt, behind its <paramref name="contextLength"/> predecessors (fewer at the start of the history).
    /// A prompt ends after <paramref name="targetsPerPrompt"/> targets (0: never), and where the next target shares no context with the last one,
    /// because interactions between the two would be encoded for nobody.
    /// </summary>
    public static IEnumerable<PromptRange> Cut(IReadOnlyList<bool> isTarget, int contextLength, int targetsPerPrompt)
    {
        int first = -1, last = -1, count = 0;
        for (int i = 0; i < isTarget.Count; i++)
        {
            if (!isTarget[i]) continue;
            bool full = targetsPerPrompt > 0 && count == targetsPerPrompt;
            if (first >= 0 && (full || i - contextLength > last))
            {
                yield return new PromptRange(Math.Max(0, first - contextLength), first, last + 1);
                first = -1;
            }
            if (first < 0)
            {
                first = i;
                count = 0;
            }
            last = i;
            count++;
        }
        if (first >= 0) yield return new PromptRange(Math.Max(0, first - contextLength), first, last + 1);
    }
}
