using System.Runtime.InteropServices;
using Dtic.MLNet.Model.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// The tokens' embeddings, where every [SUM] and outcome token starts from its own embedding plus the mean of its interaction's item embeddings.
/// </summary>
/// <remarks>
/// The first layer can then hold a target's item against each past item together with its outcome, as target attention does (Zhou et al. 2018,
/// arXiv:1706.06978). Without it one layer must first learn to gather items, and nothing can be compared until it has: learning takes several
/// times as many targets to begin. Ours; not in Lin et al. 2025. No token learns of another interaction by it.
/// </remarks>
internal static class ItemPooling
{
    /// <param name="weight">(V, D): the embedding of each token id.</param>
    /// <param name="stream">N tokens.</param>
    /// <param name="pools">false: the embeddings alone.</param>
    /// <returns>float32 (N, D).</returns>
    /// <remarks>The processor's way reads the weight through a span, which holds 2 GiB at most.</remarks>
    public static Tensor Embed(Tensor weight, PromptStream stream, bool pools) =>
        weight.device.type == DeviceType.CPU && weight.dtype == ScalarType.Float32 && weight.NumberOfElements <= Array.MaxLength / sizeof(float)
            ? EmbeddingFunction.apply(weight, stream, pools)
            : Portable(weight, stream, pools);

    /// <summary>In torch operations, on any device.</summary>
    internal static Tensor Portable(Tensor weight, PromptStream stream, bool pools)
    {
        using var scope = NewDisposeScope();
        var embedded = weight.index_select(0, HostTensor.Of(stream.Tokens, weight.device));
        if (!pools) return embedded.MoveToOuterDisposeScope();
        var readers = new List<long>();
        var items = new List<long>();
        var shares = new List<float>();
        foreach (var (first, itemEnd, end) in Interactions(stream))
        {
            for (int reader = itemEnd; reader < end; reader++)
            {
                for (int item = first; item < itemEnd; item++)
                {
                    readers.Add(reader);
                    items.Add(item);
                    shares.Add(1f / (itemEnd - first));
                }
            }
        }
        var read = embedded.index_select(0, HostTensor.Of(CollectionsMarshal.AsSpan(items), weight.device)) * HostTensor.Of(CollectionsMarshal.AsSpan(shares), [shares.Count, 1], weight.device);
        return embedded.index_add(0, HostTensor.Of(CollectionsMarshal.AsSpan(readers), weight.device), read, HeldScalar.One).MoveToOuterDisposeScope();
    }

    /// <summary>Of each interaction that has items the first token, the end of its items, and its end: behind the items stand [SUM] and outcome.</summary>
    internal static IEnumerable<(int First, int ItemEnd, int End)> Interactions(PromptStream stream)
    {
        for (int t = 0; t < stream.Length;)
        {
            if (stream.Kinds[t] != TokenKind.Item)
            {
                t++;
                continue;
            }
            int first = t;
            while (t < stream.Length && stream.Kinds[t] == TokenKind.Item && stream.InteractionStarts[t] == first) t++;
            int items = t;
            while (t < stream.Length && stream.Kinds[t] is TokenKind.Sum or TokenKind.Outcome && stream.InteractionStarts[t] == first) t++;
            yield return (first, items, t);
        }
    }
}
