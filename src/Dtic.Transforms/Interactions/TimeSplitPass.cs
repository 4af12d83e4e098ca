using System.Globalization;
using System.Runtime.InteropServices;
using Dtic.Transforms.Checks;
using Microsoft.ML;

namespace Dtic.Transforms.Interactions;

/// <summary>One pass over the rows of a split: says to which part each belongs, and at the end whether they are those that were split.</summary>
internal sealed class TimeSplitPass
{
    private readonly TimeSplitRule _rule;
    private readonly Func<long> _readTime;
    private readonly UserColumn? _users;
    private readonly List<ContextStart> _contexts = [];   // of the users met, by their number in this pass
    private long _rows;
    private ulong _timesHash;
    private long _contextRows;

    /// <param name="rule">What decides.</param>
    /// <param name="source">A row that goes through the source.</param>
    /// <param name="time">The time column.</param>
    /// <param name="user">The user column; null: context is not asked for.</param>
    public TimeSplitPass(TimeSplitRule rule, DataViewRow source, DataViewSchema.Column time, DataViewSchema.Column? user)
    {
        _rule = rule;
        _readTime = TimeColumn.CreateReader(source, time);
        _users = user is { } column ? UserColumn.CreateReader(source, column) : null;
    }

    /// <summary>Whether the current row lies in the test period.</summary>
    public bool IsTest { get; private set; }

    /// <summary>Whether the current row lies before the test period and comes along as context.</summary>
    public bool IsContext { get; private set; }

    /// <summary>Looks at the next row.</summary>
    /// <exception cref="InvalidOperationException">The source had fewer rows when it was split.</exception>
    public void ReadRow()
    {
        if (++_rows > _rule.Rows)
        {
            throw Changed(string.Create(CultureInfo.InvariantCulture, $"had {_rule.Rows} rows when it was split and has more now"));
        }

        long time = _readTime();
        _timesHash += TimeSplitRule.Hash(time);
        IsTest = time >= _rule.Cut;
        IsContext = !IsTest && _users is not null && BelongsToContext(time, _users);
        _contextRows += IsContext ? 1 : 0;
    }

    /// <summary>Checks, when all rows were read, that they are those that were split.</summary>
    /// <exception cref="InvalidOperationException">They are not.</exception>
    public void End()
    {
        if (_rows < _rule.Rows)
        {
            throw Changed(string.Create(CultureInfo.InvariantCulture, $"had {_rule.Rows} rows when it was split and has fewer now"));
        }

        if (_timesHash != _rule.TimesHash || (_users is not null && _contextRows != _rule.ContextRows))
        {
            throw Changed("has other times or users now than when it was split");
        }
    }

    private static InvalidOperationException Changed(string change) => new(
        $"The data {change}; it must give the same rows at each pass. Before splitting, {PassHash.ReadOnce}");

    private bool BelongsToContext(long time, UserColumn users)
    {
        int user = users.Read();
        if (user == _contexts.Count)
        {
            _contexts.Add(_rule.ContextOf(users.Describe()));
        }

        ref var start = ref CollectionsMarshal.AsSpan(_contexts)[user];
        if (time == start.Since && start.Skipped > 0)
        {
            start = start with { Skipped = start.Skipped - 1 };
            return false;
        }

        return time >= start.Since;
    }
}
