using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Model;

/// <summary>Counts the work of slices of one prompt from running sums, without making the slices.</summary>
internal sealed class WorkCounter
{
    private readonly PromptTargets _targets;
    private readonly int _contextLength;
    private readonly int _begin;           // the interaction that the longest slice begins with
    private readonly int[] _itemsBefore;   // from there on: item tokens of the interactions before each, and of all

    /// <summary>Goes once through what the longest slice holds, and through no more of the prompt.</summary>
    /// <param name="targets">The prompt.</param>
    /// <param name="firstTarget">The first target that slices may have.</param>
    /// <param name="targetCount">How many targets from there on they may have.</param>
    /// <param name="contextLength">n, in interactions.</param>
    public WorkCounter(PromptTargets targets, int firstTarget, int targetCount, int contextLength)
    {
        _targets = targets;
        _contextLength = contextLength;
        _begin = targets.FirstInteraction(firstTarget, contextLength);
        var prompt = targets.Prompt;
        int count = targets.Interaction(firstTarget + targetCount - 1) + 1 - _begin;
        _itemsBefore = new int[count + 1];
        for (int i = 0; i < count; i++)
        {
            var tokens = prompt.Interaction(_begin + i);
            int others = (tokens.Contains(SpecialToken.Sum) ? 1 : 0) + (_begin + i < prompt.InteractionCount - 1 ? 1 : 0);   // [SUM] and outcome
            _itemsBefore[i + 1] = _itemsBefore[i] + tokens.Length - others;
        }
    }

    /// <summary>The work of <see cref="PromptTargets.Slice(int, int, int)"/> with the same targets.</summary>
    public PromptWork Count(int firstTarget, int count, ContextAttention attention)
    {
        int begin = _targets.FirstInteraction(firstTarget, _contextLength);
        int target = firstTarget, last = _targets.Interaction(firstTarget + count - 1);
        long prefix = _targets.Prompt.PrefixLength, tokens = prefix, pairs = prefix * (prefix + 1) / 2, sumPairs = 0, sums = 0;
        for (int j = begin; j <= last; j++)
        {
            int window = Math.Max(begin, j - _contextLength);
            long items = ItemsBefore(j + 1) - ItemsBefore(j);
            long outcomes = Math.Max(0, _targets.Prompt.KnownOutcomes.Span[j] - window);
            long earlier = ItemsBefore(j) - ItemsBefore(window) + outcomes;   // of the window, before this interaction
            long context = prefix + (attention == ContextAttention.Isolated ? 0 : earlier);
            pairs += (items * context) + (items * (items + 1) / 2);
            tokens += items;
            if (j < last)
            {
                pairs += context + items + 1;   // the outcome, which does not see the [SUM] before it
                tokens++;
            }
            if (j != _targets.Interaction(target)) continue;
            target++;
            sumPairs += prefix + earlier + items + 1;
            tokens++;
            sums++;
        }
        return new PromptWork(tokens, last - begin + 1, sums, pairs + sumPairs, sumPairs);
    }

    private int ItemsBefore(int interaction) => _itemsBefore[interaction - _begin];
}
