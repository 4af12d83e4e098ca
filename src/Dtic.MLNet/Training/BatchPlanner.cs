namespace Dtic.MLNet.Training;

/// <summary>Some consecutive targets of one stored prompt.</summary>
internal readonly record struct PromptPart(int Prompt, int FirstTarget, int TargetCount);

/// <summary>
/// Cuts an epoch into optimizer steps of exactly <c>batchSize</c> labelled targets (the last may be smaller), and a step into passes.
/// </summary>
/// <remarks>
/// Counting targets, not prompts, gives packed and sliding-window training equally many updates over the same targets. A prompt that
/// straddles two steps is cut, and its second part stands behind its own context again. Targets without a label teach nothing and do not
/// count: they are left out, except between two labelled targets of one part.
/// </remarks>
internal sealed class BatchPlanner(PromptStore store, int batchSize, int maximumTokensPerPass, int workers)
{
    public int StepsPerEpoch => checked((int)((store.LabeledCount + batchSize - 1) / batchSize));

    /// <summary>The steps of one epoch, prompts shuffled by the seed.</summary>
    public IEnumerable<IReadOnlyList<PromptPart>> Epoch(int seed)
    {
        int[] order = [.. Enumerable.Range(0, store.PromptCount)];
        new Random(seed).Shuffle(order);
        var step = new List<PromptPart>();
        int room = batchSize;
        foreach (int prompt in order)
        {
            int targets = store.Labels(prompt).Length, first = -1, end = -1;
            for (int target = 0; target < targets; target++)
            {
                if (float.IsNaN(store.Labels(prompt)[target])) continue;
                if (first < 0) first = target;
                end = target + 1;
                if (--room > 0) continue;
                step.Add(new PromptPart(prompt, first, end - first));
                yield return step;
                (step, room, first) = ([], batchSize, -1);
            }
            if (first >= 0) step.Add(new PromptPart(prompt, first, end - first));
        }
        if (step.Count > 0) yield return step;
    }

    /// <summary>
    /// Spreads the parts of a step over passes of about equal cost, the longest part first into the lightest pass; as many passes as the token
    /// bound asks for, rounded up so that every worker has equally many.
    /// </summary>
    /// <returns>For each pass the indices of its parts.</returns>
    public IReadOnlyList<IReadOnlyList<int>> Passes(IReadOnlyList<int> lengths)
    {
        long total = lengths.Sum(l => (long)l);
        int wanted = (int)((total + maximumTokensPerPass - 1) / maximumTokensPerPass);
        int count = Math.Min(lengths.Count, (Math.Max(1, wanted) + workers - 1) / workers * workers);
        var passes = Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray();
        var lightest = new PriorityQueue<int, (long Tokens, int Pass)>(passes.Select((_, i) => (i, (0L, i))));
        foreach (int part in Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i]))
        {
            lightest.TryDequeue(out int pass, out var load);
            passes[pass].Add(part);
            lightest.Enqueue(pass, (load.Tokens + lengths[part], pass));
        }
        return passes;
    }
}
