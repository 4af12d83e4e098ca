using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>
/// A prompt and where its targets stand, found once: cutting its targets out one after the other then takes time in proportion to what is
/// cut out, and not to the prompt's length each time.
/// </summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class PromptTargets
{
    private readonly int[] _interactions;

    public PromptTargets(PackedPrompt prompt)
    {
        Prompt = prompt;
        _interactions = [.. Enumerable.Range(0, prompt.InteractionCount).Where(i => prompt.Interaction(i).Contains(SpecialToken.Sum))];
    }

    /// <summary>The whole prompt.</summary>
    public PackedPrompt Prompt { get; }

    /// <summary>Number of targets.</summary>
    public int Count => _interactions.Length;

    /// <summary>The interaction that a target is.</summary>
    public int Interaction(int target) => _interactions[target];

    /// <summary>The interaction of the prompt that a slice from this target on begins with.</summary>
    public int FirstInteraction(int firstTarget, int contextLength) => Math.Max(0, _interactions[firstTarget] - contextLength);

    /// <summary>Number of tokens of the <see cref="Slice(int, int, int)"/> with the same arguments.</summary>
    public int Length(int firstTarget, int count, int contextLength)
    {
        RequireTargets(firstTarget, count);
        var starts = Prompt.InteractionStarts.Span;
        int begin = FirstInteraction(firstTarget, contextLength), last = _interactions[firstTarget + count - 1];
        bool isLast = last == Prompt.InteractionCount - 1;
        int end = isLast ? Prompt.Tokens.Length : starts[last + 1] - 1;   // without the outcome, which only the prompt's last interaction never had
        return Prompt.PrefixLength + end - starts[begin] - (firstTarget - FirstTargetFrom(begin, firstTarget));
    }

    /// <summary>
    /// The prompt of <paramref name="count"/> consecutive targets alone, behind <paramref name="contextLength"/> context interactions.
    /// With <paramref name="count"/> = 1 this is the sliding-window prompt.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The prompt has no such targets.</exception>
    public PackedPrompt Slice(int firstTarget, int count, int contextLength)
    {
        RequireTargets(firstTarget, count);
        int begin = FirstInteraction(firstTarget, contextLength), first = _interactions[firstTarget], last = _interactions[firstTarget + count - 1];
        var tokens = new int[Length(firstTarget, count, contextLength)];
        var starts = new int[last - begin + 1];
        var known = new int[starts.Length];
        int length = Prompt.PrefixLength;
        Prompt.Tokens.Span[..length].CopyTo(tokens);
        for (int i = begin; i <= last; i++)
        {
            starts[i - begin] = length;
            known[i - begin] = Math.Max(0, Prompt.KnownOutcomes.Span[i] - begin);
            foreach (int token in Prompt.Interaction(i))
            {
                if (token == SpecialToken.Sum && i < first)
                {
                    continue;   // a context interaction asks nothing
                }

                tokens[length++] = token;
                if (token == SpecialToken.Sum && i == last)
                {
                    break;   // the last outcome is nobody's key
                }
            }
        }

        return new PackedPrompt(tokens, starts, known);
    }

    /// <summary>The first target that stands at or behind an interaction.</summary>
    private int FirstTargetFrom(int interaction, int upTo)
    {
        int found = Array.BinarySearch(_interactions, 0, upTo, interaction);
        return found >= 0 ? found : ~found;
    }

    private void RequireTargets(int firstTarget, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(firstTarget);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, Count - firstTarget);
    }
}
