using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Model;

/// <summary>Counts the work of slices of one prompt from running sums, without making the slices.</summary>
internal sealed class WorkCounter
{
    private readonly PromptTargets _targets;
    private readonly int[] _itemsBefore;   // item tokens of the interactions before each, and of all
    private readonly bool[] _isTarget;
    private readonly int[] _targetInteractions;

    public WorkCounter(PromptTargets targets)
    {
        _targets = targets;
        var prompt = targets.Prompt;
        _itemsBefore = new int[prompt.InteractionCount + 1];
        _isTarget = new bool[prompt.InteractionCount];
        for (int i = 0; i < prompt.InteractionCount; i++)
        {
            _isTarget[i] = prompt.Interaction(i).Contains(SpecialToken.Sum);
            int others = (_isTarget[i] ? 1 : 0) + (i < prompt.InteractionCount - 1 ? 1 : 0);   // [SUM] and outcome
            _itemsBefore[i + 1] = _itemsBefore[i] + prompt.Interaction(i).Length - others;
        }
        _targetInteractions = [.. Enumerable.Range(0, _isTarget.Length).Where(i => _isTarget[i])];
    }

    /// <summary>The work of <see cref="PromptTargets.Slice(int, int, int)"/> with the same targets.</summary>
    public PromptWork Count(int firstTarget, int count, int contextLength, ContextAttention attention)
    {
        int begin = _targets.FirstInteraction(firstTarget, contextLength);
        int first = _targetInteractions[firstTarget], last = _targetInteractions[firstTarget + count - 1];
        long prefix = _targets.Prompt.PrefixLength, tokens = prefix, pairs = prefix * (prefix + 1) / 2, sumPairs = 0, sums = 0;
        for (int j = begin; j <= last; j++)
        {
            int window = Math.Max(begin, j - contextLength);
            long items = _itemsBefore[j + 1] - _itemsBefore[j];
            long outcomes = Math.Max(0, _targets.Prompt.KnownOutcomes.Span[j] - window);
            long earlier = _itemsBefore[j] - _itemsBefore[window] + outcomes;   // of the window, before this interaction
            long context = prefix + (attention == ContextAttention.Isolated ? 0 : earlier);
            pairs += (items * context) + (items * (items + 1) / 2);
            tokens += items;
            if (j < last)
            {
                pairs += context + items + 1;   // the outcome, which does not see the [SUM] before it
                tokens++;
            }
            if (j < first || !_isTarget[j]) continue;
            sumPairs += prefix + earlier + items + 1;
            tokens++;
            sums++;
        }
        return new PromptWork(tokens, last - begin + 1, sums, pairs + sumPairs, sumPairs);
    }
}
