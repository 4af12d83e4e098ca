using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training;

/// <summary>Some consecutive targets of one stored prompt.</summary>
internal readonly record struct PromptPart(int Prompt, int FirstTarget, int TargetCount);

/// <summary>
/// Cuts an epoch into optimizer steps of exactly <c>batchSize</c> labelled targets (the last may be smaller), and a step into passes.
/// </summary>
/// <remarks>
/// Counting targets, not prompts, gives packed and sliding-window training equally many updates over the same targets. A prompt that
/// straddles two steps is cut, and its second part stands behind its own context again; so is a prompt much longer than its context, and a part
/// that is too long for a pass (<see cref="PromptPieces"/>). Targets without a label teach nothing and do not count: they are left out, except between two labelled
/// targets of one part.
/// </remarks>
internal sealed class BatchPlanner(PromptStore store, ModelConfiguration model, int batchSize, int maximumTokensPerPass, int workers)
{
    private const int SharesPerStep = 4;

    public int StepsPerEpoch => checked((int)((store.LabeledCount + batchSize - 1) / batchSize));

    /// <summary>The steps of one epoch, shares of prompts shuffled by the seed.</summary>
    public IEnumerable<IReadOnlyList<PromptPart>> Epoch(int seed)
    {
        PromptPart[] shares = [.. Enumerable.Range(0, store.PromptCount).SelectMany(Shares)];
        new Random(seed).Shuffle(shares);
        var step = new List<PromptPart>();
        var asked = new List<int>();
        int room = batchSize;
        foreach (var share in shares)
        {
            for (int target = share.FirstTarget; target < share.FirstTarget + share.TargetCount; target++)
            {
                if (float.IsNaN(store.Labels(share.Prompt)[target])) continue;
                asked.Add(target);
                if (--room > 0) continue;
                AddParts(step, share.Prompt, asked);
                yield return step;
                (step, room) = ([], batchSize);
            }
            AddParts(step, share.Prompt, asked);
        }
        if (step.Count > 0) yield return step;
    }

    /// <summary>
    /// Cuts a long prompt before the shuffle, so that a step's targets come from <see cref="SharesPerStep"/> places or more: those of one user tell
    /// the same things, and a step that hears a single user learns slower and worse. A share has 4 n targets or more all the same, so that its
    /// context, encoded again, is a quarter more work at most.
    /// </summary>
    private IEnumerable<PromptPart> Shares(int prompt)
    {
        int targets = store.Labels(prompt).Length;
        long largest = Math.Max(Math.Max(1, 4L * model.ContextLength), batchSize / SharesPerStep);
        int count = (int)Math.Max(1, (targets + largest - 1) / largest);
        for (int i = 0; i < count; i++)
        {
            int first = (int)((long)targets * i / count), end = (int)((long)targets * (i + 1) / count);
            yield return new PromptPart(prompt, first, end - first);
        }
    }

    /// <summary>
    /// Spreads the parts of a step over passes of about equal cost, the longest part first into the lightest pass; as few passes as keep the
    /// token bound, which only a single part may exceed, rounded up so that every worker has equally many.
    /// </summary>
    /// <returns>For each pass the indices of its parts.</returns>
    public IReadOnlyList<IReadOnlyList<int>> Passes(IReadOnlyList<int> lengths)
    {
        int[] order = [.. Enumerable.Range(0, lengths.Count).OrderByDescending(i => lengths[i])];
        long total = lengths.Sum(l => (long)l);
        for (long wanted = Math.Max(1, (total + maximumTokensPerPass - 1) / maximumTokensPerPass); ; wanted += 1 + (wanted / 16))
        {
            int count = (int)Math.Min(lengths.Count, (wanted + workers - 1) / workers * workers);
            if (Spread(lengths, order, count) is { } passes) return passes;
        }
    }

    /// <summary>The parts over so many passes; null where they do not fit. A pass for each part always fits.</summary>
    private List<int>[]? Spread(IReadOnlyList<int> lengths, int[] order, int count)
    {
        var passes = Enumerable.Range(0, count).Select(_ => new List<int>()).ToArray();
        var lightest = new PriorityQueue<int, (long Tokens, int Pass)>(passes.Select((_, i) => (i, (0L, i))));
        foreach (int part in order)
        {
            lightest.TryDequeue(out int pass, out var load);
            long tokens = load.Tokens + lengths[part];
            if (load.Tokens > 0 && tokens > maximumTokensPerPass) return null;
            passes[pass].Add(part);
            lightest.Enqueue(pass, (tokens, pass));
        }
        return passes;
    }

    private void AddParts(List<PromptPart> step, int prompt, List<int> asked)
    {
        foreach (var piece in PromptPieces.Cut(store.Targets(prompt), [.. asked], model.ContextLength, model.ContextAttention, maximumTokensPerPass))
            step.Add(new PromptPart(prompt, piece.FirstTarget, piece.TargetCount));
        asked.Clear();
    }
}
