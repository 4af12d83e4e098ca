using System.Text.Json;
using System.Text.Json.Nodes;
using Dtic.Transforms;

namespace Dtic.MLNet.Model;

/// <summary>Everything that fixes the network's shape and its attention; <c>config.json</c> under HuggingFace Llama names plus one object of our own.</summary>
/// <param name="VocabularySize">Number of token ids.</param>
/// <param name="VocabularyHash">Hash of the vocabulary the ids come from.</param>
/// <param name="EmbeddingDimension">D, width of a token's hidden state.</param>
/// <param name="NumberOfLayers">Decoder layers.</param>
/// <param name="NumberOfHeads">H; divides D into heads of an even width.</param>
/// <param name="FeedForwardDimension">Width of the SwiGLU's hidden layer.</param>
/// <param name="ContextLength">n, the window, in interactions.</param>
/// <param name="ContextAttention">What context tokens see.</param>
internal sealed record ModelConfiguration(
    int VocabularySize, string VocabularyHash, int EmbeddingDimension, int NumberOfLayers, int NumberOfHeads, int FeedForwardDimension,
    int ContextLength, ContextAttention ContextAttention)
{
    /// <summary>The name of the token embeddings among the weights.</summary>
    public const string Embedding = "model.embed_tokens.weight";

    /// <summary>The key of our own object, of which every key is known.</summary>
    public const string OwnKey = "dtic";

    /// <summary>The keys of our own object that tell of the network; <see cref="Dtic.MLNet.Scoring.ScorerSettings"/> adds others.</summary>
    public static readonly string[] OwnKeys = ["format_version", "context_length", "context_attention", "position_encoding", "pool_items", "vocabulary_hash"];

    private const string Architecture = "LlamaForSequenceClassification";
    private const string ModelType = "llama";
    private const string Activation = "silu";
    private const int FormatVersion = 1;
    private const double SmallestEpsilon = 1e-30;   // far from what single precision rounds to 0: a token of zeros would become NaN

    /// <summary>How attention knows where tokens stand.</summary>
    public PositionEncoding PositionEncoding { get; init; } = PositionEncoding.Rotary;

    /// <summary>Whether [SUM] and outcome tokens start from the mean of their interaction's items, see <see cref="ItemPooling"/>.</summary>
    public bool PoolsItems { get; init; } = true;

    /// <summary>Whether queries and keys are turned by their position.</summary>
    public bool IsRotary => PositionEncoding is not (PositionEncoding.TokenBias or PositionEncoding.InteractionBias);

    /// <summary>Added to the mean square before the root (Zhang and Sennrich 2019, arXiv:1910.07467).</summary>
    public double NormEpsilon { get; init; } = 1e-6;

    /// <summary>Base of the rotary wavelengths (Su et al. 2021, arXiv:2104.09864).</summary>
    public double RotaryBase { get; init; } = 10_000;

    public int HeadDimension => EmbeddingDimension / NumberOfHeads;

    /// <summary>How targets are scored: as asked for, else packed where that is exact.</summary>
    public ScoringMode ModeOf(ScoringMode? asked) => asked ?? (ContextAttention == ContextAttention.Isolated ? ScoringMode.Packed : ScoringMode.OneAtATime);

    /// <summary>Name and shape of every weight, in the order in which they are drawn and stored.</summary>
    public IEnumerable<(string Name, long[] Shape)> Weights()
    {
        long d = EmbeddingDimension, f = FeedForwardDimension;
        yield return (Embedding, [VocabularySize, d]);
        for (int layer = 0; layer < NumberOfLayers; layer++)
        {
            string at = $"model.layers.{layer}.";
            yield return (at + "input_layernorm.weight", [d]);
            yield return (at + "self_attn.q_proj.weight", [d, d]);
            yield return (at + "self_attn.k_proj.weight", [d, d]);
            yield return (at + "self_attn.v_proj.weight", [d, d]);
            yield return (at + "self_attn.o_proj.weight", [d, d]);
            yield return (at + "post_attention_layernorm.weight", [d]);
            yield return (at + "mlp.gate_proj.weight", [f, d]);
            yield return (at + "mlp.up_proj.weight", [f, d]);
            yield return (at + "mlp.down_proj.weight", [d, f]);
        }
        yield return ("model.norm.weight", [d]);
        yield return ("score.weight", [1, d]);
    }

    public void Save(Stream stream)
    {
        var json = new JsonObject
        {
            ["architectures"] = new JsonArray(Architecture),
            ["model_type"] = ModelType,
            ["hidden_act"] = Activation,
            ["vocab_size"] = VocabularySize,
            ["hidden_size"] = EmbeddingDimension,
            ["num_hidden_layers"] = NumberOfLayers,
            ["num_attention_heads"] = NumberOfHeads,
            ["num_key_value_heads"] = NumberOfHeads,
            ["intermediate_size"] = FeedForwardDimension,
            ["rms_norm_eps"] = NormEpsilon,
            ["rope_theta"] = RotaryBase,
            ["num_labels"] = 1,
            [OwnKey] = new JsonObject
            {
                ["format_version"] = FormatVersion,
                ["context_length"] = ContextLength,
                ["context_attention"] = ContextAttention.ToString(),
                ["position_encoding"] = PositionEncoding.ToString(),
                ["pool_items"] = PoolsItems,
                ["vocabulary_hash"] = VocabularyHash,
            },
        };
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteTo(writer);
    }

    /// <exception cref="ModelFormatException">The file is not a configuration this version can read.</exception>
    public static ModelConfiguration Load(Stream stream, string name)
    {
        try
        {
            using var document = JsonDocument.Parse(stream, new JsonDocumentOptions { AllowDuplicateProperties = false });
            var root = new ConfigurationKeys(document.RootElement, name);
            var own = root.Object(OwnKey);
            int version = own.Integer("format_version");
            if (version is < 1 or > FormatVersion)
                throw new ModelFormatException($"'{name}' has format version {version}; this version of Dtic reads up to {FormatVersion}. Update the package.");
            var configuration = new ModelConfiguration(
                root.Integer("vocab_size"), own.Text("vocabulary_hash"), root.Integer("hidden_size"), root.Integer("num_hidden_layers"), root.Integer("num_attention_heads"),
                root.Integer("intermediate_size"), own.Integer("context_length"), own.Choice<ContextAttention>("context_attention"))
            {
                PositionEncoding = own.Choice<PositionEncoding>("position_encoding"),
                PoolsItems = own.Flag("pool_items"),
                NormEpsilon = root.Number("rms_norm_eps"),
                RotaryBase = root.Number("rope_theta"),
            };
            if (configuration.Problem() is { } problem) throw new ModelFormatException($"'{name}': {problem}");
            configuration.RequireOurNetwork(root);
            return configuration;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: strings that are no UTF-16
        {
            throw new ModelFormatException($"'{name}' is not a Dtic model configuration: {ForeignText.Shown(e)}");
        }
    }

    /// <summary>Refuses another network under the same names. Keys that change nothing in a Llama's scores, of other tools, may say what they like.</summary>
    private void RequireOurNetwork(ConfigurationKeys root)
    {
        root.Require("architectures", $"[\"{Architecture}\"]");
        root.Require("model_type", $"\"{ModelType}\"");
        root.Require("hidden_act", $"\"{Activation}\"");
        root.Require("num_key_value_heads", FormattableString.Invariant($"{NumberOfHeads}"));
        root.Require("num_labels", "1");
        root.RequireIfPresent("head_dim", FormattableString.Invariant($"{HeadDimension}"));
        foreach (string key in (string[])["attention_bias", "mlp_bias"]) root.RequireIfPresent(key, "false");
        foreach (string key in (string[])["rope_scaling", "rope_parameters", "quantization_config"]) root.RequireIfPresent(key, "null");
    }

    /// <summary>The first broken rule, or null. The upper bounds keep a corrupt file from asking for absurd amounts of memory.</summary>
    public string? Problem() => BrokenRule() is { } rule ? FormattableString.Invariant(rule) : null;

    private FormattableString? BrokenRule()
    {
        if (VocabularySize is < 1 or > 1 << 28) return $"vocab_size is {VocabularySize}, expected 1 to {1 << 28}.";
        if (EmbeddingDimension is < 1 or > 1 << 16) return $"hidden_size is {EmbeddingDimension}, expected 1 to {1 << 16}.";
        if (NumberOfLayers is < 1 or > 1024) return $"num_hidden_layers is {NumberOfLayers}, expected 1 to 1024.";
        if (NumberOfHeads < 1 || EmbeddingDimension % NumberOfHeads != 0 || HeadDimension % 2 != 0)
            return $"num_attention_heads is {NumberOfHeads}: it must divide hidden_size ({EmbeddingDimension}) into heads of an even width.";
        if (FeedForwardDimension is < 1 or > 1 << 18) return $"intermediate_size is {FeedForwardDimension}, expected 1 to {1 << 18}.";
        if (ContextLength < 0) return $"context_length is {ContextLength}, expected 0 or more.";
        if (!(NormEpsilon >= SmallestEpsilon && NormEpsilon < 1)) return $"rms_norm_eps is {NormEpsilon}, expected {SmallestEpsilon} or more, and below 1.";
        if (!(RotaryBase > 1 && double.IsFinite(RotaryBase))) return $"rope_theta is {RotaryBase}, expected a finite number above 1.";
        return null;
    }
}
