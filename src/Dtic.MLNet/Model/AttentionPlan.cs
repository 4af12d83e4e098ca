using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Attention over a stream cut into blocks: each block is a run of queries against one slice of keys (and one slice of prefix keys), so the
/// cost is N times the window, never N times N.
/// </summary>
internal sealed class AttentionPlan : IDisposable
{
    private const int QueriesPerBlock = 128;
    private const int KeyRounding = 64;   // few distinct shapes: the matrix library prepares each new one
    private const float Hidden = -1e30f;  // times any slope, exp gives exactly 0, and no NaN can come of it

    private AttentionPlan(List<Block> blocks, Tensor? queries, Tensor? order)
    {
        Blocks = blocks;
        Queries = queries;
        Order = order;
    }

    /// <summary>One run of queries. <paramref name="Bias"/>: float (1, queries, keys + prefix keys): minus the scaled distance between the two, 0 for prefix keys, and hugely negative where the query may not attend. <paramref name="Reset"/>: float (1, queries, keys), <see cref="PromptStream.ResetShare"/>; null where nothing is reset.</summary>
    internal readonly record struct Block(int FirstQuery, int QueryCount, int FirstKey, int KeyCount, int FirstPrefix, int PrefixCount, Tensor Bias, Tensor? Reset);

    public IReadOnlyList<Block> Blocks { get; }

    /// <summary>int64 (Q): the tokens that ask, in the order of the blocks; null = every token in stream order.</summary>
    public Tensor? Queries { get; }

    /// <summary>int64 (Q): where each token's result stands among the blocks' results; null = already in order.</summary>
    public Tensor? Order { get; }

    /// <summary>Whether queries read keys and values of two states.</summary>
    public bool Resets => Blocks.Count > 0 && Blocks[0].Reset is not null;

    /// <summary>Every token asks.</summary>
    public static AttentionPlan ForAll(PromptStream stream, Device device)
    {
        if (stream.Attention != ContextAttention.Isolated) return new AttentionPlan(Cut(stream, [.. Enumerable.Range(0, stream.Length)], device), null, null);

        // Isolated context tokens see a few keys, [SUM] tokens a whole window: blocks that mix them would pay the window for all.
        int[] queries = [.. Enumerable.Range(0, stream.Length).Where(t => stream.Kinds[t] != TokenKind.Sum)];
        var blocks = Cut(stream, queries, device);
        blocks.AddRange(Cut(stream, stream.SumTokens, device, queries.Length));
        queries = [.. queries, .. stream.SumTokens];
        var order = new long[queries.Length];
        for (int i = 0; i < queries.Length; i++) order[queries[i]] = i;
        return new AttentionPlan(blocks, Index(queries, device), HostTensor.Of(order, device).DetachFromDisposeScope());
    }

    /// <summary>Only the [SUM] tokens ask: what the last layer needs.</summary>
    public static AttentionPlan ForSums(PromptStream stream, Device device) =>
        new(Cut(stream, stream.SumTokens, device), Index(stream.SumTokens, device), null);

    public void Dispose()
    {
        foreach (var block in Blocks)
        {
            block.Bias.Dispose();
            block.Reset?.Dispose();
        }
        Queries?.Dispose();
        Order?.Dispose();
    }

    private static Tensor Index(int[] tokens, Device device) => HostTensor.Of(tokens, device).DetachFromDisposeScope();

    private static List<Block> Cut(PromptStream stream, int[] queries, Device device, int offset = 0)
    {
        var blocks = new List<Block>();
        for (int begin = 0; begin < queries.Length;)
        {
            int firstKey = KeyStart(stream, queries[begin]), end = begin + 1;
            int widest = queries[begin] + 1 - firstKey;
            // [SUM] queries stand far apart: a block also ends where its keys become much wider than one query's own.
            while (end < queries.Length && end - begin < QueriesPerBlock && queries[end] + 1 - Math.Min(firstKey, KeyStart(stream, queries[end])) <= (2 * widest) + QueriesPerBlock)
            {
                firstKey = Math.Min(firstKey, KeyStart(stream, queries[end]));
                widest = Math.Max(widest, queries[end] + 1 - KeyStart(stream, queries[end]));
                end++;
            }
            blocks.Add(Describe(stream, queries.AsSpan(begin, end - begin), offset + begin, firstKey, device));
            begin = end;
        }
        return blocks;
    }

    private static int KeyStart(PromptStream stream, int token) => Math.Min(stream.FirstKey[token], token);

    private static Block Describe(PromptStream stream, ReadOnlySpan<int> queries, int firstQuery, int firstKey, Device device)
    {
        int lastKey = queries[^1] + 1;
        int keys = Math.Min(stream.Length, (lastKey - firstKey + KeyRounding - 1) / KeyRounding * KeyRounding);
        firstKey = Math.Max(0, Math.Min(firstKey, lastKey - keys));
        keys = Math.Min(keys, stream.Length - firstKey);
        int firstPrefix = stream.PrefixStart[queries[0]], prefix = stream.PrefixEnd[queries[^1]] - firstPrefix;
        int width = keys + prefix;
        var bias = HostTensor.Create([1, queries.Length, width], out var values);
        values.Fill(Hidden);
        for (int i = 0; i < queries.Length; i++)
        {
            int t = queries[i];
            var row = values.Slice(i * width, width);
            for (int s = stream.FirstKey[t]; s <= t; s++)
                if (stream.Admits(t, s)) row[s - firstKey] = stream.BiasScales[t] * (stream.Places[s] - stream.Places[t]);
            row[(keys + stream.PrefixStart[t] - firstPrefix)..(keys + stream.PrefixEnd[t] - firstPrefix)].Clear();
        }
        return new Block(firstQuery, queries.Length, firstKey, keys, firstPrefix, prefix, OnDevice(bias, device), Reset(stream, queries, firstKey, keys, device));
    }

    private static Tensor? Reset(PromptStream stream, ReadOnlySpan<int> queries, int firstKey, int keys, Device device)
    {
        if (stream.Attention != ContextAttention.WindowedReset) return null;
        var reset = HostTensor.Create([1, queries.Length, keys], out var values);
        values.Clear();
        for (int i = 0; i < queries.Length; i++)
            for (int s = stream.FirstKey[queries[i]]; s <= queries[i]; s++) values[(i * keys) + s - firstKey] = stream.ResetShare(queries[i], s);
        return OnDevice(reset, device);
    }

    private static Tensor OnDevice(Tensor tensor, Device device) => HostTensor.MoveTo(device, tensor).DetachFromDisposeScope();
}
