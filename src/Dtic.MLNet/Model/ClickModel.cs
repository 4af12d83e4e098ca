using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace Dtic.MLNet.Model;

/// <summary>
/// A Llama-style causal decoder (Touvron et al. 2023, arXiv:2302.13971) over a stream of prompts: RMSNorm, relative positions, banded attention,
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
    private readonly AttentionShape _shape;
    private readonly Parameter _embedding, _norm, _score;
    private readonly DecoderLayer[] _layers;

    /// <summary>Takes ownership of the parameters, one for each name of <see cref="ModelConfiguration.Weights"/>.</summary>
    public ClickModel(ModelConfiguration configuration, IReadOnlyDictionary<string, Parameter> parameters, Device device)
    {
        _configuration = configuration;
        Device = device;
        Parameters = parameters;
        _shape = new AttentionShape(
            configuration.NumberOfHeads, configuration.HeadDimension, AttentionSlopes.For(configuration.NumberOfHeads),
            configuration.IsRotary ? new RotaryTable(configuration.HeadDimension, configuration.RotaryBase) : null);
        _embedding = parameters[ModelConfiguration.Embedding];
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
    /// <param name="rows">float32 (R, D): the embeddings that the stream's tokens number, where they no longer number those of the model; null = they do.</param>
    /// <returns>float32 (T): click logits in stream order.</returns>
    public Tensor Forward(PromptStream stream, Dropout? dropout = null, Tensor? rows = null)
    {
        using var scope = NewDisposeScope();
        using var all = _layers.Length > 1 ? StreamAttention.Create(stream, _shape, sumsOnly: false, Device) : null;
        using var last = StreamAttention.Create(stream, _shape, sumsOnly: true, Device);
        var sums = HostTensor.Of(stream.SumTokens, Device);         // (T)
        var x = Drop(ItemPooling.Embed(rows ?? _embedding, stream, _configuration.PoolsItems), dropout);     // (N, D)
        var initial = stream.Attention == ContextAttention.WindowedReset ? x : null;
        for (int i = 0; i < _layers.Length - 1; i++) x = _layers[i].Forward(x, i == 0 ? null : initial, all!, null, dropout);   // (N, D)
        x = _layers[^1].Forward(x, _layers.Length == 1 ? null : initial, last, sums, dropout);       // (T, D)
        x = RowFunctions.RmsNorm(x, _norm, _configuration.NormEpsilon);
        return F.linear(x, _score).squeeze(1).MoveToOuterDisposeScope();                             // (T)
    }

    public void Dispose()
    {
        foreach (var parameter in Parameters.Values) parameter.Dispose();
    }

    internal static Tensor Drop(Tensor x, Dropout? dropout) => dropout is null ? x : dropout.Apply(x);
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
    /// <param name="x">The hidden states.</param>
    /// <param name="initial">float32 (N, D): what they were before the first layer, where attention resets toward it; else null.</param>
    /// <param name="attention">The pass's attention.</param>
    /// <param name="asking">int64 (Q): the tokens that ask and go on, those that <paramref name="attention"/> was made for; null = all.</param>
    /// <param name="dropout">Null when scoring.</param>
    public Tensor Forward(Tensor x, Tensor? initial, StreamAttention attention, Tensor? asking, Dropout? dropout)
    {
        using var scope = NewDisposeScope();
        var first = initial is null ? null : Project(initial, _key, _value);   // (N, 2D)
        Tensor mixed;
        if (asking is null)
        {
            mixed = attention.Attend(Project(x, _query, _key, _value), first);  // (N, 3D) -> (N, D)
        }
        else
        {
            var keyValue = Project(x, _key, _value);                            // (N, 2D)
            x = x.index_select(0, asking);                                      // (Q, D)
            mixed = attention.Attend(Project(x, _query), keyValue, first);      // (Q, D)
        }
        x = RowFunctions.ResidualLinear(x, mixed, _output, dropout);
        return RowFunctions.FeedForward(x, _attentionNorm, _gate, _up, _down, configuration.NormEpsilon, dropout).MoveToOuterDisposeScope();   // (Q, D)
    }

    private Tensor Project(Tensor x, params Tensor[] weights) => RowFunctions.NormedLinear(x, _inputNorm, configuration.NormEpsilon, weights);
}
