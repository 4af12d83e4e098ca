using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Lets every [SUM] and outcome token start from its own embedding plus the mean of its interaction's item embeddings.
/// </summary>
/// <remarks>
/// The first layer can then hold a target's item against each past item together with its outcome, as target attention does (Zhou et al. 2018,
/// arXiv:1706.06978). Without it one layer must first learn to gather items, and nothing can be compared until it has: learning takes several
/// times as many targets to begin. Ours; not in Lin et al. 2025. No token learns of another interaction by it.
/// </remarks>
internal static class ItemPooling
{
    /// <param name="embedded">(N, D): the tokens' embeddings.</param>
    /// <param name="stream">The tokens.</param>
    /// <returns>(N, D).</returns>
    public static Tensor Apply(Tensor embedded, PromptStream stream)
    {
        var (readers, items, shares) = Pairs(stream);
        using var scope = NewDisposeScope();
        var device = embedded.device;
        var read = embedded.index_select(0, tensor(items, device: device)) * tensor(shares, [shares.Length, 1], device: device);
        return embedded.index_add(0, tensor(readers, device: device), read, HeldScalar.One).MoveToOuterDisposeScope();
    }

    /// <summary>Which token reads which, and how much of it.</summary>
    private static (long[] Readers, long[] Items, float[] Shares) Pairs(PromptStream stream)
    {
        var readers = new List<long>();
        var items = new List<long>();
        var shares = new List<float>();
        for (int t = 0; t < stream.Length; t++)
        {
            if (stream.Kinds[t] is not (TokenKind.Sum or TokenKind.Outcome)) continue;
            int first = stream.InteractionStarts[t], end = first;
            while (end < t && stream.Kinds[end] == TokenKind.Item) end++;
            for (int item = first; item < end; item++)
            {
                readers.Add(t);
                items.Add(item);
                shares.Add(1f / (end - first));
            }
        }
        return ([.. readers], [.. items], [.. shares]);
    }
}
