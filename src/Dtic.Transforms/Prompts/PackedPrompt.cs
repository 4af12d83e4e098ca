using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>
/// One prompt: the tokens of consecutive interactions of one user, oldest first.
/// </summary>
/// <remarks>
/// Layout: <c>prefix | interaction 0 | interaction 1 | ...</c>, where an interaction is <c>item tokens, [SUM] if it is a target, outcome</c>.
/// The last interaction is always a target and carries no outcome: nothing could attend to it, and a prompt of one target then cannot
/// contain that target's label at all.
/// </remarks>
/// <param name="Tokens">Token ids; the first <c>InteractionStarts[0]</c> of them are the prefix.</param>
/// <param name="InteractionStarts">For each interaction the index of its first token.</param>
/// <param name="KnownOutcomes">For each interaction j the number m of leading interactions of this prompt whose outcome was known at j's time: j sees the outcomes of 0..m-1; m is at most j.</param>
internal readonly record struct PackedPrompt(ReadOnlyMemory<int> Tokens, ReadOnlyMemory<int> InteractionStarts, ReadOnlyMemory<int> KnownOutcomes)
{
    /// <summary>Number of interactions, context and targets together.</summary>
    public int InteractionCount => InteractionStarts.Length;

    /// <summary>Number of leading tokens that every token of the prompt sees.</summary>
    public int PrefixLength => InteractionStarts.Span[0];

    /// <summary>Number of targets: one [SUM] token each.</summary>
    public int TargetCount => Tokens.Span.Count(SpecialToken.Sum);

    /// <summary>The tokens of one interaction, [SUM] and outcome included.</summary>
    public ReadOnlySpan<int> Interaction(int index)
    {
        var starts = InteractionStarts.Span;
        int end = index + 1 < starts.Length ? starts[index + 1] : Tokens.Length;
        return Tokens.Span[starts[index]..end];
    }

    /// <summary>
    /// The prompt of <paramref name="count"/> consecutive targets alone, behind <paramref name="contextLength"/> context interactions.
    /// With <paramref name="count"/> = 1 this is the sliding-window prompt.
    /// </summary>
    public PackedPrompt Slice(int firstTarget, int count, int contextLength)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstTarget);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        int ordinal = 0, first = -1, last = -1;
        for (int i = 0; i < InteractionCount && last < 0; i++)
        {
            if (!Interaction(i).Contains(SpecialToken.Sum)) continue;
            if (ordinal == firstTarget) first = i;
            if (ordinal == firstTarget + count - 1) last = i;
            ordinal++;
        }
        ArgumentOutOfRangeException.ThrowIfLessThan(last, 0, nameof(count));
        return Cut(Math.Max(0, first - contextLength), first, last);
    }

    private PackedPrompt Cut(int begin, int firstTarget, int last)
    {
        int size = last - begin + 1, length = 0;
        var tokens = new int[PrefixLength + InteractionStarts.Span[last] - InteractionStarts.Span[begin] + Interaction(last).Length];
        var starts = new int[size];
        var known = new int[size];
        Tokens.Span[..PrefixLength].CopyTo(tokens);
        length = PrefixLength;
        for (int i = begin; i <= last; i++)
        {
            starts[i - begin] = length;
            known[i - begin] = Math.Max(0, KnownOutcomes.Span[i] - begin);
            foreach (int token in Interaction(i))
            {
                if (token == SpecialToken.Sum && i < firstTarget) continue;   // a context interaction asks nothing
                tokens[length++] = token;
                if (token == SpecialToken.Sum && i == last) break;            // the last outcome is nobody's key
            }
        }
        return new PackedPrompt(tokens.AsMemory(0, length), starts, known);
    }
}
