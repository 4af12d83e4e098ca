namespace Dtic.MLNet.Model;

/// <summary>What encoding prompts takes, counted exactly: matrix products and attended pairs; and what training must keep of it, estimated.</summary>
/// <remarks>
/// Letters: D hidden width, F feed-forward width, H heads, L layers. All layers but the last encode every token; of the last only what the
/// [SUM] tokens read is computed. Norms, rotations, softmax and dropout are not counted: they are linear in D, as against D * D.
/// </remarks>
/// <param name="Tokens">N, tokens.</param>
/// <param name="Interactions">Interactions that the tokens belong to.</param>
/// <param name="Targets">T, [SUM] tokens.</param>
/// <param name="Pairs">Pairs of a token and a token that it attends to, itself included.</param>
/// <param name="SumPairs">Those of them in which a [SUM] token asks.</param>
internal readonly record struct PromptWork(long Tokens, long Interactions, long Targets, long Pairs, long SumPairs)
{
    public static PromptWork operator +(PromptWork a, PromptWork b) =>
        new(a.Tokens + b.Tokens, a.Interactions + b.Interactions, a.Targets + b.Targets, a.Pairs + b.Pairs, a.SumPairs + b.SumPairs);

    /// <summary>
    /// Floating-point operations of the forward pass, a multiplication and an addition being two. Per token and full layer 2 (4 D D + 3 D F);
    /// in the last layer 4 D D per token (keys and values) and 2 (2 D D + 3 D F) + 2 D per target; per pair and layer 4 D.
    /// </summary>
    public double ForwardFlops(ModelConfiguration model)
    {
        double d = model.EmbeddingDimension, f = model.FeedForwardDimension, full = model.NumberOfLayers - 1;
        double products = (full * Tokens * ((4 * d * d) + (3 * d * f))) + (Tokens * 2 * d * d) + (Targets * ((2 * d * d) + (3 * d * f) + d));
        double attention = 2 * d * ((full * Pairs) + SumPairs);
        return 2 * (products + attention);
    }

    /// <summary>The forward pass, and a backward pass that multiplies twice for each of its products (by the weights and by the inputs): three times the forward pass.</summary>
    public double TrainingFlops(ModelConfiguration model) => 3 * ForwardFlops(model);

    /// <summary>
    /// Values that the forward pass keeps for the backward pass, about: per token and full layer 12 D + 4 F (norms, residuals, queries, keys,
    /// values, dropout masks, and the four halves of SwiGLU), in the last layer 4 D per token and 9 D + 4 F per target, 2 D per token for the
    /// embedding, and H attention weights per pair.
    /// </summary>
    public double KeptValues(ModelConfiguration model)
    {
        double d = model.EmbeddingDimension, f = model.FeedForwardDimension, full = model.NumberOfLayers - 1;
        return (full * Tokens * ((12 * d) + (4 * f))) + (Tokens * 6 * d) + (Targets * ((9 * d) + (4 * f))) + (model.NumberOfHeads * ((full * Pairs) + SumPairs));
    }
}
