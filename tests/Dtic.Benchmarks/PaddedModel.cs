using Dtic.MLNet.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dtic.Benchmarks;

/// <summary>
/// A Llama-style click model as one would write it in TorchSharp: padded batches, stock modules, torch's own causal attention, and every token
/// through every layer.
/// </summary>
/// <remarks>
/// Letters: B prompts, L longest prompt, D width, H heads, K = D / H. Padding stands behind a prompt, so that the causal mask alone keeps it out.
/// It differs from the library's model in two points: attention is not biased by the distance in interactions (stock attention has no such
/// bias without a mask, and a mask would be slower), and outcomes are always known. A prompt of a single interaction has neither, and there both
/// give the same logits; see <see cref="PaddedSlidingWindow.RequireSameLogits"/>.
/// </remarks>
internal sealed class PaddedModel : nn.Module<Tensor, Tensor, Tensor>
{
    private readonly Embedding _embedding;
    private readonly ModuleList<PaddedLayer> _layers;
    private readonly PaddedNorm _norm;
    private readonly Linear _score;
    private readonly Tensor _cosines, _sines;   // (L, K/2)

    public PaddedModel(ModelWeights weights, int longest)
        : base(nameof(PaddedModel))
    {
        var c = weights.Configuration;
        _embedding = nn.Embedding(c.VocabularySize, c.EmbeddingDimension);
        _layers = nn.ModuleList([.. Enumerable.Range(0, c.NumberOfLayers).Select(i => new PaddedLayer(c, weights, $"model.layers.{i}."))]);
        _norm = new PaddedNorm(c, weights, "model.norm.weight");
        _score = Copied(nn.Linear(c.EmbeddingDimension, 1, hasBias: false), weights, "score.weight");
        Copy(_embedding.weight!, weights, "model.embed_tokens.weight");
        using var scope = NewDisposeScope();
        var frequencies = pow(c.RotaryBase, arange(0, c.HeadDimension, 2, dtype: ScalarType.Float64) / -c.HeadDimension);
        var angles = outer(arange(longest, dtype: ScalarType.Float64), frequencies);
        _cosines = angles.cos().to(ScalarType.Float32).DetachFromDisposeScope();
        _sines = angles.sin().to(ScalarType.Float32).DetachFromDisposeScope();
        RegisterComponents();
    }

    /// <param name="tokens">int64 (B, L), padded behind each prompt.</param>
    /// <param name="last">int64 (B): where each prompt's [SUM] stands.</param>
    /// <returns>float32 (B): click logits.</returns>
    public override Tensor forward(Tensor tokens, Tensor last)
    {
        using var scope = NewDisposeScope();
        long batch = tokens.shape[0], length = tokens.shape[1];
        var cosines = _cosines.narrow(0, 0, length);
        var sines = _sines.narrow(0, 0, length);
        var x = _embedding.forward(tokens);                                     // (B, L, D)
        foreach (var layer in _layers) x = layer.forward(x, cosines, sines);    // (B, L, D)
        x = _norm.forward(x);
        x = x.flatten(0, 1).index_select(0, arange(batch) * length + last);     // (B, D)
        return _score.forward(x).squeeze(1).MoveToOuterDisposeScope();          // (B)
    }

    internal static Linear Copied(Linear linear, ModelWeights weights, string name)
    {
        Copy(linear.weight!, weights, name);
        return linear;
    }

    internal static void Copy(Tensor target, ModelWeights weights, string name)
    {
        using var untracked = no_grad();
        using var values = tensor(weights[name].ToArray(), target.shape);
        target.copy_(values);
    }
}

/// <summary>Attention, then SwiGLU, each behind a norm and added to the stream.</summary>
internal sealed class PaddedLayer : nn.Module<Tensor, Tensor, Tensor, Tensor>
{
    private readonly int _heads;
    private readonly PaddedNorm _inputNorm, _attentionNorm;
    private readonly Linear _query, _key, _value, _output, _gate, _up, _down;

    public PaddedLayer(ModelConfiguration c, ModelWeights weights, string at)
        : base(nameof(PaddedLayer))
    {
        int d = c.EmbeddingDimension, f = c.FeedForwardDimension;
        _heads = c.NumberOfHeads;
        _inputNorm = new PaddedNorm(c, weights, at + "input_layernorm.weight");
        _query = Linear(d, d, "self_attn.q_proj.weight");
        _key = Linear(d, d, "self_attn.k_proj.weight");
        _value = Linear(d, d, "self_attn.v_proj.weight");
        _output = Linear(d, d, "self_attn.o_proj.weight");
        _attentionNorm = new PaddedNorm(c, weights, at + "post_attention_layernorm.weight");
        _gate = Linear(d, f, "mlp.gate_proj.weight");
        _up = Linear(d, f, "mlp.up_proj.weight");
        _down = Linear(f, d, "mlp.down_proj.weight");
        RegisterComponents();

        Linear Linear(int from, int to, string name) => PaddedModel.Copied(nn.Linear(from, to, hasBias: false), weights, at + name);
    }

    public override Tensor forward(Tensor x, Tensor cosines, Tensor sines)
    {
        using var scope = NewDisposeScope();
        var h = _inputNorm.forward(x);
        var q = Rotate(Heads(_query.forward(h)), cosines, sines);               // (B, H, L, K)
        var k = Rotate(Heads(_key.forward(h)), cosines, sines);                 // (B, H, L, K)
        var v = Heads(_value.forward(h));                                       // (B, H, L, K)
        var mixed = F.scaled_dot_product_attention(q, k, v, is_casual: true);   // (B, H, L, K)
        x = x + _output.forward(mixed.transpose(1, 2).flatten(2));              // (B, L, D)
        h = _attentionNorm.forward(x);
        return (x + _down.forward(F.silu(_gate.forward(h)) * _up.forward(h))).MoveToOuterDisposeScope();
    }

    private Tensor Heads(Tensor x) => x.view(x.shape[0], x.shape[1], _heads, -1).transpose(1, 2);

    private static Tensor Rotate(Tensor x, Tensor cosines, Tensor sines)
    {
        var halves = x.chunk(2, -1);
        return cat([(halves[0] * cosines) - (halves[1] * sines), (halves[1] * cosines) + (halves[0] * sines)], -1);
    }
}

/// <summary>x / sqrt(mean(x²) + epsilon) * weight: TorchSharp has no RMSNorm.</summary>
internal sealed class PaddedNorm : nn.Module<Tensor, Tensor>
{
    private readonly Parameter _weight;
    private readonly double _epsilon;

    public PaddedNorm(ModelConfiguration c, ModelWeights weights, string name)
        : base(nameof(PaddedNorm))
    {
        _epsilon = c.NormEpsilon;
        _weight = new Parameter(ones(c.EmbeddingDimension));
        PaddedModel.Copy(_weight, weights, name);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        using var scope = NewDisposeScope();
        return (x * rsqrt(x.square().mean([-1], keepdim: true) + _epsilon) * _weight).MoveToOuterDisposeScope();
    }
}
