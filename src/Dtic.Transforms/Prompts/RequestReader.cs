using System.Runtime.InteropServices;
using Dtic.Transforms.Data;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>A part of requests as it is read and encoded.</summary>
internal readonly record struct RequestItems(ItemReader Reader, ItemEncoder Encoder);

/// <summary>Makes the prompt of the current request: the newest n of the history as context, the candidate as the only target. One thread at a time.</summary>
/// <remarks>A blank interaction of the history is padding: it is skipped, whatever stands in its label and its time.</remarks>
internal sealed class RequestReader
{
    private readonly PromptTemplate _template;
    private readonly OutcomeRule _rule;
    private readonly RequestItems _candidate;
    private readonly RequestItems _prefix;
    private readonly RequestItems _history;
    private readonly string[] _historyNames;
    private readonly (string Name, ConvertedValues<int> Values)? _outcomes;
    private readonly Func<long>? _time;
    private readonly (string Name, ConvertedValues<long> Values)? _historyTimes;
    private readonly PromptBuilder _builder = new();

    public RequestReader(
        PromptTemplate template,
        OutcomeRule rule,
        RequestItems candidate,
        RequestItems prefix,
        RequestItems history,
        string[] historyNames,
        (string Name, ConvertedValues<int> Values)? outcomes,
        Func<long>? time,
        (string Name, ConvertedValues<long> Values)? historyTimes)
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
        _candidate.Reader.Load();
        _prefix.Reader.Load();
        _history.Reader.Load();
        _outcomes?.Values.Load();
        _historyTimes?.Values.Load();
        int[] past = [.. Enumerable.Range(0, RequireEqualLengths()).Where(index => !_history.Reader.IsBlank(index))];
        int begin = Math.Max(0, past.Length - _template.ContextLength);
        int[] known = _rule.CountKnown(Instants(past));

        _builder.Begin(CollectionsMarshal.AsSpan(_prefix.Encoder.Encode()));
        for (int i = begin; i < past.Length; i++)
        {
            int outcome = _outcomes?.Values[past[i]] ?? SpecialToken.Unknown;
            _builder.Add(CollectionsMarshal.AsSpan(_history.Encoder.Encode(past[i])), isTarget: false, outcome, Math.Max(0, known[i] - begin));
        }

        _builder.Add(CollectionsMarshal.AsSpan(_candidate.Encoder.Encode()), isTarget: true, SpecialToken.Unknown, Math.Max(0, known[^1] - begin));
        return _builder.Finish();
    }

    private int RequireEqualLengths()
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
            for (int column = 0; column < _historyNames.Length; column++)
            {
                yield return (_historyNames[column], _history.Reader.Values[column].Count);
            }

            if (_outcomes is var (outcomeName, outcomes))
            {
                yield return (outcomeName, outcomes.Count);
            }

            if (_historyTimes is var (timeName, times))
            {
                yield return (timeName, times.Count);
            }
        }
    }

    /// <summary>The times of the interactions and then of the candidate; all alike where they are not given.</summary>
    private long[] Instants(int[] past)
    {
        if (_historyTimes is not var (name, times) || _time is null)
        {
            return new long[past.Length + 1];
        }

        long[] instants = [.. past.Select(index => times[index]), _time()];
        for (int i = 1; i < instants.Length; i++)
        {
            if (instants[i] < instants[i - 1])
            {
                string what = i == past.Length
                    ? $"'{_template.TimeColumn}' is before the last of '{name}'"
                    : FormattableString.Invariant($"'{name}' goes backwards at index {past[i]}");
                throw new InvalidOperationException($"The history is not in order of time: {what}. Give past interactions oldest first.");
            }
        }

        return instants;
    }
}
