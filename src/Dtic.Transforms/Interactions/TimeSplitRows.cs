using System.Collections;

namespace Dtic.Transforms.Interactions;

/// <summary>Which rows of a data view lie in the test period, and which earlier rows come along as their context: two bits per row.</summary>
internal sealed class TimeSplitRows
{
    private readonly BitArray _isTest;
    private readonly BitArray _isContext;

    /// <param name="times">The rows' times in source order.</param>
    /// <param name="users">The rows' users, numbered from 0.</param>
    /// <param name="userCount">One more than the highest user number.</param>
    /// <param name="cut">Rows at or after this time are test rows.</param>
    /// <param name="contextLength">How many earlier rows of each user with test rows come along.</param>
    public TimeSplitRows(ReadOnlySpan<long> times, ReadOnlySpan<int> users, int userCount, long cut, int contextLength)
    {
        _isTest = new BitArray(times.Length);
        _isContext = new BitArray(times.Length);
        var hasTest = new bool[userCount];
        for (int row = 0; row < times.Length; row++)
        {
            if (times[row] >= cut)
            {
                _isTest[row] = true;
                hasTest[users[row]] = true;
            }
        }

        if (contextLength == 0)
        {
            return;
        }

        // The source may come in any order, so each user keeps their latest rows so far; of one moment the later row is the later one.
        var latest = new PriorityQueue<int, (long Time, int Row)>?[userCount];
        for (int row = 0; row < times.Length; row++)
        {
            if (_isTest[row] || !hasTest[users[row]])
            {
                continue;
            }

            var queue = latest[users[row]] ??= new();
            if (queue.Count < contextLength)
            {
                queue.Enqueue(row, (times[row], row));
            }
            else
            {
                queue.EnqueueDequeue(row, (times[row], row));
            }
        }

        foreach (var queue in latest)
        {
            while (queue is not null && queue.TryDequeue(out int row, out _))
            {
                _isContext[row] = true;
            }
        }
    }

    /// <summary>How many rows the source had when it was split.</summary>
    public int Count => _isTest.Count;

    /// <summary>Whether a row lies in the test period.</summary>
    public bool IsTest(int row) => _isTest[row];

    /// <summary>Whether a row lies before the test period and comes along as context.</summary>
    public bool IsContext(int row) => _isContext[row];
}
