namespace Dtic.MLNet.Evaluation;

/// <summary>The numbers of rows in the order of a value. Rows of equal value stand in no particular order, so that nothing may depend on it.</summary>
internal static class ScoreOrder
{
    public static int[] Ascending(ReadOnlySpan<float> values)
    {
        int[] order = new int[values.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        float[] keys = values.ToArray();
        Array.Sort(keys, order);
        return order;
    }

    /// <summary>The rows in the order of another value, for which the same order serves where it rises, too.</summary>
    public static int[] Ascending(ReadOnlySpan<float> values, int[] candidate)
    {
        for (int i = 1; i < candidate.Length; i++)
        {
            if (values[candidate[i - 1]] > values[candidate[i]]) return Ascending(values);
        }
        return candidate;
    }

    /// <summary>One past the last of the rows from <paramref name="start"/> on that have its value.</summary>
    public static int EndOfTies(ReadOnlySpan<int> order, ReadOnlySpan<float> values, int start)
    {
        int end = start + 1;
        while (end < order.Length && values[order[end]] == values[order[start]]) end++;
        return end;
    }

    /// <summary>How many of the rows have a label of 1.</summary>
    public static int Positives(ReadOnlySpan<int> order, ReadOnlySpan<byte> labels)
    {
        int positives = 0;
        foreach (int row in order) positives += labels[row];
        return positives;
    }

    /// <summary>The rows of each user together, in the order they are given in; user u's from <c>Starts[u]</c> to <c>Starts[u + 1]</c>.</summary>
    public static (int[] Order, int[] Starts) ByUser(ReadOnlySpan<int> order, ReadOnlySpan<int> users, int numberOfUsers)
    {
        int[] starts = new int[numberOfUsers + 1], grouped = new int[order.Length];
        foreach (int row in order) starts[users[row] + 1]++;
        for (int user = 0; user < numberOfUsers; user++) starts[user + 1] += starts[user];
        int[] next = starts[..^1];
        foreach (int row in order) grouped[next[users[row]]++] = row;
        return (grouped, starts);
    }
}
