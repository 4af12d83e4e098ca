using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dtic.MLNet.Model;

/// <summary>
/// A Llama-style causal decoder (Touvron et al. 2023, arXiv:2302.13971) over a stream of prompts: RMSNorm, rotary positions, banded attention,
/// SwiGLU, and one click logit per [SUM] token (Lin et al. 2025, arXiv:2503.01001).
/// </summary>
/// <remarks>
/// Letters: N tokens, T targets, Q tokens that ask (N, or T in the last layer), P prefix tokens, D hidden width, H heads, K = D / H, F feed-forward width.
/// The weights are plain parameters handed in by name, so that a replica for another thread is the same code over the same storage.
/// Several threads may score with one instance; a thread that trains needs a replica of its own, because gradients stand in the parameters.
/// </remarks>
internal sealed class ClickModel : IDisposable
{
    private readonly ModelConfiguration _configuration;
    private readonly RotaryTable _rotary;
    private readonly Parameter _embedding, _norm, _score;
    private readonly DecoderLayer[] _layers;

    /// <summary>Takes ownership of the parameters, one for each name of <see cref="ModelConfiguration.Weights"/>.</summary>
    public ClickModel(ModelConfiguration configuration, IReadOnlyDictionary<string, Parameter> parameters, Device device)
    {
        _configuration = configuration;
        Device = device;
        Parameters = parameters;
        _rotary = new RotaryTable(configuration.HeadDimension, configuration.RotaryBase, device);
        _embedding = parameters["model.embed_tokens.weight"];
        _layers = [.. Enumerable.Range(0, configuration.NumberOfLayers).Select(i => new DecoderLayer(configuration, parameters, $"model.layers.{i}."))];
        _norm = parameters["model.norm.weight"];
        _score = parameters["score.weight"];
    }

    public Device Device { get; }

    /// <summary>The trained tensors by HuggingFace Llama name.</summary>
    public IReadOnlyDictionary<string, Parameter> Parameters { get; }

    /// <summary>Scores every target of the stream.</summary>
    /// <param name="stream">N tokens with T targets.</param>
    /// <param name="dropout">Draws the dropout masks in training; null when scoring.</param>
    /// <returns>float32 (T): click logits in stream order.</returns>
    public Tensor Forward(PromptStream stream, Dropout? dropout = null)
    {
        using var scope = NewDisposeScope();
        using var all = _layers.Length > 1 ? AttentionPlan.ForAll(stream, Device) : null;
        using var sums = AttentionPlan.ForSums(stream, Device);
        var positions = _rotary.At(stream.Positions);
        var prefix = stream.PrefixTokens.Length == 0 ? null : tensor(Array.ConvertAll(stream.PrefixTokens, t => (long)t), device: Device);
        var x = Drop(_embedding.index_select(0, tensor(stream.Tokens, device: Device)), dropout);   // (N, D)
        for (int i = 0; i < _layers.Length; i++)
            x = _layers[i].Forward(x, positions, i == _layers.Length - 1 ? sums : all!, prefix, dropout);   // (N, D); (T, D) after the last
        x = RmsNorm(x, _norm, _configuration.NormEpsilon);
        return F.linear(x, _score).squeeze(1).MoveToOuterDisposeScope();                             // (T)
    }

    public void Dispose()
    {
        _rotary.Dispose();
        foreach (var parameter in Parameters.Values) parameter.Dispose();
    }

    internal static Tensor Drop(Tensor x, Dropout? dropout) => dropout is null ? x : dropout.Apply(x);

    /// <summary>x / sqrt(mean(x^2) + epsilon) * weight, over the last axis (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    internal static Tensor RmsNorm(Tensor x, Tensor weight, double epsilon)
    {
        using Scalar e = epsilon;
        return x * (x * x).mean([-1], keepdim: true).add(e, HeldScalar.One).rsqrt() * weight;
    }
}

/// <summary>One decoder layer: attention, then SwiGLU, each behind an RMSNorm and added to the stream.</summary>
internal sealed class DecoderLayer(ModelConfiguration configuration, IReadOnlyDictionary<string, Parameter> parameters, string at)
{
    private readonly Parameter _inputNorm = parameters[at + "input_layernorm.weight"];
    private readonly Parameter _query = parameters[at + "self_attn.q_proj.weight"];
    private readonly Parameter _key = parameters[at + "self_attn.k_proj.weight"];
    private readonly Parameter _value = parameters[at + "self_attn.v_proj.weight"];
    private readonly Parameter _output = parameters[at + "self_attn.o_proj.weight"];
    private readonly Parameter _attentionNorm = parameters[at + "post_attention_layernorm.weight"];
    private readonly Parameter _gate = parameters[at + "mlp.gate_proj.weight"];
    private readonly Parameter _up = parameters[at + "mlp.up_proj.weight"];
    private readonly Parameter _down = parameters[at + "mlp.down_proj.weight"];

    /// <summary>float32 (N, D) to (Q, D), the tokens in stream order.</summary>
    public Tensor Forward(Tensor x, Rotation positions, AttentionPlan plan, Tensor? prefix, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        bool pruned = plan.Queries is not null && plan.Order is null;                // only [SUM] tokens go on
        var h = ClickModel.RmsNorm(x, _inputNorm, configuration.NormEpsilon);        // (N, D)
        if (pruned) x = x.index_select(0, plan.Queries!);                            // (Q, D)
        x = x.add(ClickModel.Drop(Attention(h, positions, plan, prefix), dropout), HeldScalar.One);   // (Q, D)
        h = ClickModel.RmsNorm(x, _attentionNorm, configuration.NormEpsilon);
        h = F.linear(F.silu(F.linear(h, _gate)) * F.linear(h, _up), _down);          // (Q, F) -> (Q, D); Shazeer 2020, arXiv:2002.05202
        return x.add(ClickModel.Drop(h, dropout), HeldScalar.One).MoveToOuterDisposeScope();
    }

    private Tensor Attention(Tensor h, Rotation positions, AttentionPlan plan, Tensor? prefix)
    {
        using Scalar scale = 1 / Math.Sqrt(configuration.HeadDimension);
        var asking = plan.Queries is null ? h : h.index_select(0, plan.Queries);
        var q = Heads(F.linear(asking, _query)) * scale;                             // (Q, H, K)
        var k = Heads(F.linear(h, _key));                                            // (N, H, K)
        var v = Heads(F.linear(h, _value));                                          // (N, H, K)
        var rotated = (plan.Queries is null ? positions : positions.Select(plan.Queries)).Apply(q);
        var mixed = BandedAttention.Attend(rotated, positions.Apply(k), v, prefix is null ? null : q, prefix is null ? null : k.index_select(0, prefix), prefix is null ? null : v.index_select(0, prefix), plan);
        if (plan.Order is not null) mixed = mixed.index_select(0, plan.Order);       // back to stream order
        return F.linear(mixed, _output);                                             // (Q, D)
    }

    private Tensor Heads(Tensor x) => x.view(x.shape[0], configuration.NumberOfHeads, configuration.HeadDimension);
}
