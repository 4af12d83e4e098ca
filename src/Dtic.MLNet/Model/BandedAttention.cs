using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Softmax attention over the blocks of an <see cref="AttentionPlan"/>, with its own backward pass.
/// </summary>
/// <remarks>
/// Automatic differentiation would give every slice of keys a gradient as long as the stream, which is quadratic again; here each block adds
/// into one gradient. Letters: Q queries, N tokens, P prefix tokens, H heads, K head width. Prefix keys meet queries without rotary distance,
/// so that a prompt's length changes nothing. Where the plan resets, every key and value has two states, its own and its initial one, and a
/// query reads share a(distance) of the initial one: scores are <c>(1 - a) q.k + a q.k0</c> and so are the values mixed.
/// </remarks>
internal sealed class BandedAttention : autograd.SingleTensorFunction<BandedAttention>
{
    public override string Name => nameof(BandedAttention);

    /// <summary>Attends; all tensors float32 on one device.</summary>
    /// <param name="plan">The blocks.</param>
    /// <param name="slopes">One per head: what each block's bias is multiplied by.</param>
    /// <param name="query">(Q, H, K), rotated and scaled, in the plan's order.</param>
    /// <param name="states">Keys, rotated, and values, each (N, H, K): key and value of the hidden state and, where the plan resets, those of the initial state.</param>
    /// <param name="prefix">Query (Q, H, K), scaled, and keys and values (P, H, K), all not rotated; empty when no prompt has a prefix.</param>
    /// <returns>(Q, H * K).</returns>
    public static Tensor Attend(AttentionPlan plan, float[] slopes, Tensor query, Tensor[] states, Tensor[] prefix) =>
        apply([plan, slopes, query, .. states, .. prefix]);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var plan = (AttentionPlan)vars[0];
        using var scope = NewDisposeScope();
        var x = new Parts([.. vars[2..].Select(HeadsFirst)]);
        long heads = x.Query.shape[0], queries = x.Query.shape[1], width = x.Query.shape[2];
        var result = empty(queries, heads, width, dtype: x.Query.dtype, device: x.Query.device);
        var resultHeads = result.transpose(0, 1);                                     // (H, Q, K), a view
        var weights = new List<Tensor>(plan.Blocks.Count);
        // A slope of zero would lift the mask, which stands in the bias; this one changes no score.
        var slopes = HostTensor.Of(Array.ConvertAll((float[])vars[1], slope => Math.Max(slope, 1e-20f)), [heads, 1, 1], x.Query.device);
        foreach (var block in plan.Blocks)
        {
            using var inner = NewDisposeScope();
            var query = Queries(x.Query, block);
            var scores = Sum(block.Reset, (i, share) => Share(query.bmm(Keys(x.Key(i), block).transpose(1, 2)), share));   // (H, q, k)
            if (block.PrefixCount > 0)
                scores = cat([scores, Queries(x.PrefixQuery, block).bmm(Prefix(x.PrefixKey, block).transpose(1, 2))], 2);   // (H, q, k + p)
            var weight = scores.addcmul_(slopes, block.Bias, HeldScalar.One).softmax(-1);
            var band = weight.narrow(2, 0, block.KeyCount);
            var mixed = Sum(block.Reset, (i, share) => Share(band, share).bmm(Keys(x.Value(i), block)));                    // (H, q, K)
            if (block.PrefixCount > 0) mixed.add_(weight.narrow(2, block.KeyCount, block.PrefixCount).bmm(Prefix(x.PrefixValue, block)), HeldScalar.One);
            Queries(resultHeads, block).copy_(mixed);
            weights.Add(weight.MoveToOuterDisposeScope());
        }
        List<Tensor> keep = [.. x.All, .. weights];
        foreach (var tensor in keep) tensor.MoveToOuterDisposeScope();
        keep.AddRange(plan.Blocks.Select(block => block.Reset).OfType<Tensor>());   // the plan may be disposed before the backward pass
        ctx.save_for_backward(keep);
        ctx.save_data("plan", plan);
        ctx.save_data("parts", x.All.Length);
        return result.view(queries, heads * width).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var plan = (AttentionPlan)ctx.get_data("plan");
        int parts = (int)ctx.get_data("parts");
        using var scope = NewDisposeScope();
        var x = new Parts([.. saved[..parts]]);
        var gradient = grad_output.view(x.Query.shape[1], x.Query.shape[0], x.Query.shape[2]).transpose(0, 1).contiguous();   // (H, Q, K)
        var g = new Parts(Array.ConvertAll(x.All, t => zeros_like(t)));
        for (int b = 0; b < plan.Blocks.Count; b++)
        {
            using var inner = NewDisposeScope();
            var block = plan.Blocks[b];
            var reset = plan.Resets ? saved[parts + plan.Blocks.Count + b] : null;     // (1, q, k)
            var weight = saved[parts + b];                                             // (H, q, k + p)
            var above = Queries(gradient, block);                                      // (H, q, K)
            var query = Queries(x.Query, block);                                       // (H, q, K)
            var weightGradient = Sum(reset, (i, share) => Share(above.bmm(Keys(x.Value(i), block).transpose(1, 2)), share));   // (H, q, k)
            if (block.PrefixCount > 0) weightGradient = cat([weightGradient, above.bmm(Prefix(x.PrefixValue, block).transpose(1, 2))], 2);
            // d softmax: w * (dw - sum(w * dw))
            var scoreGradient = weightGradient.sub_((weightGradient * weight).sum(-1, keepdim: true)).mul_(weight);
            Tensor band = weight.narrow(2, 0, block.KeyCount), bandGradient = scoreGradient.narrow(2, 0, block.KeyCount);
            Queries(g.Query, block).copy_(Sum(reset, (i, share) =>
            {
                var shared = Share(bandGradient, share);
                Keys(g.Key(i), block).add_(shared.transpose(1, 2).bmm(query), HeldScalar.One);
                Keys(g.Value(i), block).add_(Share(band, share).transpose(1, 2).bmm(above), HeldScalar.One);
                return shared.bmm(Keys(x.Key(i), block));
            }));
            if (block.PrefixCount == 0) continue;
            var head = scoreGradient.narrow(2, block.KeyCount, block.PrefixCount);
            Queries(g.PrefixQuery, block).copy_(head.bmm(Prefix(x.PrefixKey, block)));
            Prefix(g.PrefixKey, block).add_(head.transpose(1, 2).bmm(Queries(x.PrefixQuery, block)), HeldScalar.One);
            Prefix(g.PrefixValue, block).add_(weight.narrow(2, block.KeyCount, block.PrefixCount).transpose(1, 2).bmm(above), HeldScalar.One);
        }
        List<Tensor> results = [null!, null!, .. g.All.Select(t => t.transpose(0, 1).MoveToOuterDisposeScope())];   // the plan and the slopes have no gradient
        foreach (var tensor in saved) tensor.Dispose();
        return results;
    }

    private static Tensor HeadsFirst(object x) => ((Tensor)x).transpose(0, 1).contiguous();

    private static Tensor Queries(Tensor x, AttentionPlan.Block block) => x.narrow(1, block.FirstQuery, block.QueryCount);

    private static Tensor Keys(Tensor x, AttentionPlan.Block block) => x.narrow(1, block.FirstKey, block.KeyCount);

    private static Tensor Prefix(Tensor x, AttentionPlan.Block block) => x.narrow(1, block.FirstPrefix, block.PrefixCount);

    /// <summary>The sum over the states; each is told its share of what a block's queries read, (1, q, k), null = all of it.</summary>
    private static Tensor Sum(Tensor? reset, Func<int, Tensor?, Tensor> ofState)
    {
        if (reset is null) return ofState(0, null);
        return ofState(0, reset.neg().add_(HeldScalar.One, HeldScalar.One)).add_(ofState(1, reset), HeldScalar.One);
    }

    private static Tensor Share(Tensor x, Tensor? share) => share is null ? x : x * share;

    /// <summary>The tensors that have a gradient, heads first: query, (key, value) of each state, and with a prefix its query, key and value.</summary>
    private sealed class Parts(Tensor[] all)
    {
        public Tensor[] All => all;

        public Tensor Query => all[0];

        public Tensor PrefixQuery => all[^3];

        public Tensor PrefixKey => all[^2];

        public Tensor PrefixValue => all[^1];

        public Tensor Key(int state) => all[1 + (2 * state)];

        public Tensor Value(int state) => all[2 + (2 * state)];
    }
}
