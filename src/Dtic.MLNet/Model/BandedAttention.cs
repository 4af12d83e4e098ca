using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>
/// Softmax attention over the blocks of an <see cref="AttentionPlan"/>, with its own backward pass.
/// </summary>
/// <remarks>
/// Automatic differentiation would give every slice of keys a gradient as long as the stream, which is quadratic again; here each block adds
/// into one gradient. Letters: Q queries, N tokens, P prefix tokens, H heads, K head width. Prefix keys meet queries without rotary distance,
/// so that a prompt's length changes nothing.
/// </remarks>
internal sealed class BandedAttention : autograd.SingleTensorFunction<BandedAttention>
{
    public override string Name => nameof(BandedAttention);

    /// <summary>Attends; all tensors float32 on one device.</summary>
    /// <param name="query">(Q, H, K), rotated and scaled, in the plan's order.</param>
    /// <param name="key">(N, H, K), rotated.</param>
    /// <param name="value">(N, H, K).</param>
    /// <param name="prefixQuery">(Q, H, K), scaled, not rotated; null when no prompt has a prefix.</param>
    /// <param name="prefixKey">(P, H, K), not rotated; null with <paramref name="prefixQuery"/>.</param>
    /// <param name="prefixValue">(P, H, K); null with <paramref name="prefixQuery"/>.</param>
    /// <param name="plan">The blocks.</param>
    /// <param name="slopes">One per head: what each block's bias is multiplied by.</param>
    /// <returns>(Q, H * K).</returns>
    public static Tensor Attend(Tensor query, Tensor key, Tensor value, Tensor? prefixQuery, Tensor? prefixKey, Tensor? prefixValue, AttentionPlan plan, float[] slopes) =>
        prefixQuery is null ? apply(query, key, value, plan, slopes) : apply(query, key, value, plan, slopes, prefixQuery, prefixKey!, prefixValue!);

    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var plan = (AttentionPlan)vars[3];
        bool prefix = vars.Length > 5;
        using var scope = NewDisposeScope();
        var q = HeadsFirst(vars[0]);                                                  // (H, Q, K)
        var k = HeadsFirst(vars[1]);                                                  // (H, N, K)
        var v = HeadsFirst(vars[2]);                                                  // (H, N, K)
        Tensor[] saved = prefix ? [q, k, v, HeadsFirst(vars[5]), HeadsFirst(vars[6]), HeadsFirst(vars[7])] : [q, k, v];
        var result = empty(q.shape[1], q.shape[0], q.shape[2], dtype: q.dtype, device: q.device);
        var resultHeads = result.transpose(0, 1);                                     // (H, Q, K), a view
        var weights = new List<Tensor>(plan.Blocks.Count);
        // A slope of zero would lift the mask, which stands in the bias; this one changes no score.
        var slopes = tensor(Array.ConvertAll((float[])vars[4], slope => Math.Max(slope, 1e-20f)), [q.shape[0], 1, 1], device: q.device);
        foreach (var block in plan.Blocks)
        {
            using var inner = NewDisposeScope();
            var scores = q.narrow(1, block.FirstQuery, block.QueryCount).bmm(Keys(k, block).transpose(1, 2));   // (H, q, k)
            if (block.PrefixCount > 0)
                scores = cat([scores, saved[3].narrow(1, block.FirstQuery, block.QueryCount).bmm(Prefix(saved[4], block).transpose(1, 2))], 2);   // (H, q, k + p)
            var weight = scores.addcmul_(slopes, block.Bias, HeldScalar.One).softmax(-1);
            var mixed = weight.narrow(2, 0, block.KeyCount).bmm(Keys(v, block));      // (H, q, K)
            if (block.PrefixCount > 0) mixed.add_(weight.narrow(2, block.KeyCount, block.PrefixCount).bmm(Prefix(saved[5], block)), HeldScalar.One);
            resultHeads.narrow(1, block.FirstQuery, block.QueryCount).copy_(mixed);
            weights.Add(weight.MoveToOuterDisposeScope());
        }
        List<Tensor> keep = [.. saved, .. weights];
        foreach (var tensor in keep) tensor.MoveToOuterDisposeScope();
        ctx.save_for_backward(keep);
        ctx.save_data("plan", plan);
        ctx.save_data("prefix", prefix);
        return result.view(q.shape[1], q.shape[0] * q.shape[2]).MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var plan = (AttentionPlan)ctx.get_data("plan");
        bool prefix = (bool)ctx.get_data("prefix");
        using var scope = NewDisposeScope();
        Tensor q = saved[0], k = saved[1], v = saved[2];
        int firstWeight = prefix ? 6 : 3;
        var gradient = grad_output.view(q.shape[1], q.shape[0], q.shape[2]).transpose(0, 1).contiguous();   // (H, Q, K)
        var gradients = saved.GetRange(0, firstWeight).ConvertAll(t => zeros_like(t));
        for (int b = 0; b < plan.Blocks.Count; b++)
        {
            using var inner = NewDisposeScope();
            var block = plan.Blocks[b];
            var weight = saved[firstWeight + b];                                       // (H, q, k + p)
            var above = gradient.narrow(1, block.FirstQuery, block.QueryCount);        // (H, q, K)
            var weightGradient = above.bmm(Keys(v, block).transpose(1, 2));            // (H, q, k)
            if (block.PrefixCount > 0) weightGradient = cat([weightGradient, above.bmm(Prefix(saved[5], block).transpose(1, 2))], 2);
            // d softmax: w * (dw - sum(w * dw))
            var scoreGradient = weightGradient.sub_((weightGradient * weight).sum(-1, keepdim: true)).mul_(weight);
            var band = scoreGradient.narrow(2, 0, block.KeyCount);
            gradients[0].narrow(1, block.FirstQuery, block.QueryCount).copy_(band.bmm(Keys(k, block)));
            Keys(gradients[1], block).add_(band.transpose(1, 2).bmm(q.narrow(1, block.FirstQuery, block.QueryCount)), HeldScalar.One);
            Keys(gradients[2], block).add_(weight.narrow(2, 0, block.KeyCount).transpose(1, 2).bmm(above), HeldScalar.One);
            if (block.PrefixCount == 0) continue;
            var head = scoreGradient.narrow(2, block.KeyCount, block.PrefixCount);
            gradients[3].narrow(1, block.FirstQuery, block.QueryCount).copy_(head.bmm(Prefix(saved[4], block)));
            Prefix(gradients[4], block).add_(head.transpose(1, 2).bmm(saved[3].narrow(1, block.FirstQuery, block.QueryCount)), HeldScalar.One);
            Prefix(gradients[5], block).add_(weight.narrow(2, block.KeyCount, block.PrefixCount).transpose(1, 2).bmm(above), HeldScalar.One);
        }
        var results = gradients.ConvertAll(g => g.transpose(0, 1).MoveToOuterDisposeScope());
        foreach (var tensor in saved) tensor.Dispose();
        results.InsertRange(3, [null!, null!]);   // the plan and the slopes have no gradient
        return results;
    }

    private static Tensor HeadsFirst(object x) => ((Tensor)x).transpose(0, 1).contiguous();

    private static Tensor Keys(Tensor x, AttentionPlan.Block block) => x.narrow(1, block.FirstKey, block.KeyCount);

    private static Tensor Prefix(Tensor x, AttentionPlan.Block block) => x.narrow(1, block.FirstPrefix, block.PrefixCount);
}
