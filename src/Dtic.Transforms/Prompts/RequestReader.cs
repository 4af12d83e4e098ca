using System.Runtime.InteropServices;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>Makes the prompt of the current request: the newest n of the history as context, the candidate as the only target. One thread at a time.</summary>
internal sealed class RequestReader
{
    private readonly PromptTemplate _template;
    private readonly OutcomeRule _rule;
    private readonly ItemEncoder _candidate;
    private readonly ItemEncoder _prefix;
    private readonly ItemEncoder _history;
    private readonly string[] _historyNames;
    private readonly (string Name, Func<int[]> Read)? _outcomes;
    private readonly Func<long>? _time;
    private readonly (string Name, Func<long[]> Read)? _historyTimes;
    private readonly PromptBuilder _builder = new();

    public RequestReader(
        PromptTemplate template,
        OutcomeRule rule,
        ItemEncoder candidate,
        ItemEncoder prefix,
        ItemEncoder history,
        string[] historyNames,
        (string Name, Func<int[]> Read)? outcomes,
        Func<long>? time,
        (string Name, Func<long[]> Read)? historyTimes)
    {
        _template = template;
        _rule = rule;
        _candidate = candidate;
        _prefix = prefix;
        _history = history;
        _historyNames = historyNames;
        _outcomes = outcomes;
        _time = time;
        _historyTimes = historyTimes;
    }

    /// <summary>Reads the row and lays out its prompt.</summary>
    /// <exception cref="InvalidOperationException">Two vectors of the history differ in length, times go backwards, or a label is neither 0, 1 nor NaN.</exception>
    public PromptParts Read()
    {
        _candidate.Load();
        _prefix.Load();
        _history.Load();
        int[]? outcomes = _outcomes?.Read();
        long[]? times = _historyTimes?.Read();
        int length = RequireEqualLengths(outcomes?.Length, times?.Length);
        int begin = Math.Max(0, length - _template.ContextLength);
        int[] known = _rule.CountKnown(Instants(length, times));

        _builder.Begin(CollectionsMarshal.AsSpan(_prefix.Encode()));
        for (int i = begin; i < length; i++)
        {
            int outcome = outcomes is null ? SpecialToken.Unknown : outcomes[i];
            _builder.Add(CollectionsMarshal.AsSpan(_history.Encode(i)), isTarget: false, outcome, Math.Max(0, known[i] - begin));
        }

        _builder.Add(CollectionsMarshal.AsSpan(_candidate.Encode()), isTarget: true, SpecialToken.Unknown, Math.Max(0, known[length] - begin));
        return _builder.Finish();
    }

    private int RequireEqualLengths(int? outcomeCount, int? timeCount)
    {
        int length = -1;
        string first = "";
        foreach (var (name, count) in Lengths())
        {
            if (length < 0)
            {
                (first, length) = (name, count);
            }
            else if (count != length)
            {
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"The history's columns differ in length: '{first}' has {length} values, '{name}' has {count}. Give one value per past interaction in each."));
            }
        }

        return length;

        IEnumerable<(string Name, int Count)> Lengths()
        {
            foreach (var pair in _historyNames.Zip(_history.Counts))
            {
                yield return pair;
            }

            if (outcomeCount is int outcomes)
            {
                yield return (_outcomes!.Value.Name, outcomes);
            }

            if (timeCount is int times)
            {
                yield return (_historyTimes!.Value.Name, times);
            }
        }
    }

    private long[] Instants(int length, long[]? times)
    {
        if (times is null || _time is null)
        {
            return new long[length + 1];
        }

        long[] instants = [.. times, _time()];
        for (int i = 1; i <= length; i++)
        {
            if (instants[i] < instants[i - 1])
            {
                string what = i == length
                    ? $"'{_template.TimeColumn}' is before the last of '{_historyTimes!.Value.Name}'"
                    : FormattableString.Invariant($"'{_historyTimes!.Value.Name}' goes backwards at index {i}");
                throw new InvalidOperationException($"The history is not in order of time: {what}. Give past interactions oldest first.");
            }
        }

        return instants;
    }
}
