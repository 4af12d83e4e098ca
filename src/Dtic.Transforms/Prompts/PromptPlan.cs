using Dtic.Transforms.Interactions;

namespace Dtic.Transforms.Prompts;

/// <summary>Which interactions of one user stand in one prompt: <c>[Begin, End)</c>, of which those from <paramref name="FirstTarget"/> on are targets where the user's flags say so.</summary>
/// <param name="Begin">First interaction, at most contextLength before the first target.</param>
/// <param name="FirstTarget">The first target.</param>
/// <param name="End">One behind the last target.</param>
internal readonly record struct PromptRange(int Begin, int FirstTarget, int End);

/// <summary>One prompt of a user.</summary>
/// <param name="Rows">Interactions, as rows of the table, oldest first; prompts that follow each other share the array.</param>
/// <param name="Range">Which of them stand in the prompt.</param>
/// <param name="Earlier">How many interactions of the user come before <paramref name="Rows"/>.</param>
internal readonly record struct PlannedPrompt(int[] Rows, PromptRange Range, int Earlier);

/// <summary>Cuts one user's history, oldest first, into prompts.</summary>
internal static class PromptPlan
{
    /// <summary>The prompts of one user.</summary>
    /// <remarks>
    /// A blank interaction, in whose item columns nothing stands, says nothing of what was shown: it is context of no other, and in a request it is padding. As a target
    /// it is scored all the same, in a prompt of its own behind those of the others.
    /// </remarks>
    /// <param name="table">The interactions.</param>
    /// <param name="rows">The user's rows of it, oldest first.</param>
    /// <param name="contextLength">n.</param>
    /// <param name="targetsPerPrompt">k; 0: all.</param>
    public static IEnumerable<PlannedPrompt> Plan(InteractionTable table, ReadOnlyMemory<int> rows, int contextLength, int targetsPerPrompt)
    {
        int[] all = rows.ToArray();
        int[] shown = Array.FindAll(all, row => !table.IsBlank(row));
        foreach (var range in Cut(Array.ConvertAll(shown, table.IsTarget), contextLength, targetsPerPrompt))
        {
            yield return new PlannedPrompt(shown, range, Earlier: 0);
        }

        if (shown.Length == all.Length)
        {
            yield break;
        }

        int before = 0;
        foreach (int row in all)
        {
            if (!table.IsBlank(row))
            {
                before++;
            }
            else if (table.IsTarget(row))
            {
                int first = Math.Max(0, before - contextLength);
                int[] alone = [.. shown.AsSpan(first, before - first), row];
                yield return new PlannedPrompt(alone, new PromptRange(0, alone.Length - 1, alone.Length), first);
            }
        }
    }

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
