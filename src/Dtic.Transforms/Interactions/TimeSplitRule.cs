using Dtic.Transforms.Checks;

namespace Dtic.Transforms.Interactions;

/// <summary>
/// Tells by a row's own time and user to which part of a split it belongs, and never by where it stands: a source may give its rows in another order at each
/// read. In memory bounded by the users of the test period.
/// </summary>
internal sealed class TimeSplitRule
{
    private readonly Dictionary<string, ContextStart> _contexts = new(StringComparer.Ordinal);

    /// <param name="times">The rows' times.</param>
    /// <param name="users">The rows' users, numbered from 0.</param>
    /// <param name="names">The users' names.</param>
    /// <param name="cut">Rows at or after this time are test rows.</param>
    /// <param name="contextLength">How many earlier rows of each user with test rows come along.</param>
    public TimeSplitRule(ReadOnlySpan<long> times, ReadOnlySpan<int> users, IReadOnlyList<string> names, long cut, int contextLength)
    {
        Cut = cut;
        Rows = times.Length;
        foreach (long time in times)
        {
            TimesHash += Hash(time);
        }

        if (contextLength == 0)
        {
            return;
        }

        var latest = Latest(times, users, names.Count, cut, contextLength);
        var starts = Array.ConvertAll(latest, queue => queue is null ? default : new ContextStart(queue.Peek(), -queue.UnorderedItems.Count(item => item.Element == queue.Peek())));
        for (int row = 0; row < times.Length; row++)
        {
            ref var start = ref starts[users[row]];
            if (latest[users[row]] is not null && times[row] == start.Since)
            {
                start = start with { Skipped = start.Skipped + 1 };
            }
        }

        for (int user = 0; user < starts.Length; user++)
        {
            if (latest[user] is { } queue)
            {
                _contexts.Add(names[user], starts[user]);
                ContextRows += queue.Count;
            }
        }
    }

    /// <summary>The first time of the test period.</summary>
    public long Cut { get; }

    /// <summary>How many rows the source had when it was split.</summary>
    public long Rows { get; }

    /// <summary>The sum of <see cref="Hash"/> of their times, the same in every order.</summary>
    public ulong TimesHash { get; }

    /// <summary>How many rows come along as context.</summary>
    public long ContextRows { get; }

    /// <summary>What a time adds to <see cref="TimesHash"/>.</summary>
    public static ulong Hash(long time) => RowHash.Add(RowHash.Start, (ulong)time);

    /// <summary>Where a user's context begins; never, where none comes along.</summary>
    public ContextStart ContextOf(string user) => _contexts.TryGetValue(user, out var start) ? start : new ContextStart(long.MaxValue, 0);

    /// <summary>The latest times before the cut of each user with test rows; null: there are none.</summary>
    private static PriorityQueue<long, long>?[] Latest(ReadOnlySpan<long> times, ReadOnlySpan<int> users, int userCount, long cut, int contextLength)
    {
        var hasTest = new bool[userCount];
        for (int row = 0; row < times.Length; row++)
        {
            hasTest[users[row]] |= times[row] >= cut;
        }

        var latest = new PriorityQueue<long, long>?[userCount];
        for (int row = 0; row < times.Length; row++)
        {
            if (times[row] >= cut || !hasTest[users[row]])
            {
                continue;
            }

            var queue = latest[users[row]] ??= new();
            if (queue.Count < contextLength)
            {
                queue.Enqueue(times[row], times[row]);
            }
            else
            {
                queue.EnqueueDequeue(times[row], times[row]);
            }
        }

        return latest;
    }
}

/// <summary>Where the context of a user begins.</summary>
/// <param name="Since">Its first time.</param>
/// <param name="Skipped">How many of the user's rows at that time come before it; of one time the later row is the later one.</param>
internal readonly record struct ContextStart(long Since, int Skipped);
