using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Dtic.MLNet.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class ModelConfigurationTests
{
    private static readonly ModelConfiguration Literal = new(100, "0f1e", 32, 2, 4, 48, 20, ContextAttention.Isolated) { PositionEncoding = PositionEncoding.InteractionBias, PoolsItems = false, NormEpsilon = 1e-5, RotaryBase = 500 };

    [TestMethod]
    public void Save_Literal_SpeaksHuggingFaceLlama()
    {
        const string Expected = """
            {
              "architectures": [
                "LlamaForSequenceClassification"
              ],
              "model_type": "llama",
              "hidden_act": "silu",
              "vocab_size": 100,
              "hidden_size": 32,
              "num_hidden_layers": 2,
              "num_attention_heads": 4,
              "num_key_value_heads": 4,
              "intermediate_size": 48,
              "rms_norm_eps": 1E-05,
              "rope_theta": 500,
              "num_labels": 1,
              "dtic": {
                "format_version": 1,
                "context_length": 20,
                "context_attention": "Isolated",
                "position_encoding": "InteractionBias",
                "pool_items": false,
                "vocabulary_hash": "0f1e"
              }
            }
            """;

        Assert.AreEqual(Expected, Json(Literal).ReplaceLineEndings("\n"));
    }

    [TestMethod]
    public void Load_WhatWasSaved_IsEqual()
    {
        Assert.AreEqual(Literal, Load(Json(Literal)));
        Assert.AreEqual(Literal with { ContextAttention = ContextAttention.Windowed }, Load(Json(Literal with { ContextAttention = ContextAttention.Windowed })));
    }

    [TestMethod]
    public void Weights_OneLayer_AreTheLlamaNamesInOrder()
    {
        string names = string.Join(' ', (Literal with { NumberOfLayers = 1 }).Weights().Select(w => $"{w.Name}[{string.Join(',', w.Shape)}]"));

        Assert.AreEqual(
            "model.embed_tokens.weight[100,32] model.layers.0.input_layernorm.weight[32] model.layers.0.self_attn.q_proj.weight[32,32] " +
            "model.layers.0.self_attn.k_proj.weight[32,32] model.layers.0.self_attn.v_proj.weight[32,32] model.layers.0.self_attn.o_proj.weight[32,32] " +
            "model.layers.0.post_attention_layernorm.weight[32] model.layers.0.mlp.gate_proj.weight[48,32] model.layers.0.mlp.up_proj.weight[48,32] " +
            "model.layers.0.mlp.down_proj.weight[32,48] model.norm.weight[32] score.weight[1,32]",
            names);
    }

    [TestMethod]
    [DataRow("\"vocab_size\": 100", "\"vocab_size\": 0", "'config.json': vocab_size is 0, expected 1 to 268435456.")]
    [DataRow("\"hidden_size\": 32", "\"hidden_size\": 1000000", "'config.json': hidden_size is 1000000, expected 1 to 65536.")]
    [DataRow("\"num_hidden_layers\": 2", "\"num_hidden_layers\": -2", "'config.json': num_hidden_layers is -2, expected 1 to 1024.")]
    [DataRow("\"num_attention_heads\": 4", "\"num_attention_heads\": 5", "'config.json': num_attention_heads is 5: it must divide hidden_size (32) into heads of an even width.")]
    [DataRow("\"num_attention_heads\": 4", "\"num_attention_heads\": 32", "'config.json': num_attention_heads is 32: it must divide hidden_size (32) into heads of an even width.")]
    [DataRow("\"num_attention_heads\": 4", "\"num_attention_heads\": 0", "'config.json': num_attention_heads is 0: it must divide hidden_size (32) into heads of an even width.")]
    [DataRow("\"intermediate_size\": 48", "\"intermediate_size\": 0", "'config.json': intermediate_size is 0, expected 1 to 262144.")]
    [DataRow("\"context_length\": 20", "\"context_length\": -1", "'config.json': context_length is -1, expected 0 or more.")]
    [DataRow("\"rms_norm_eps\": 1E-05", "\"rms_norm_eps\": 1.5", "'config.json': rms_norm_eps is 1.5, expected 1E-30 or more, and below 1.")]
    [DataRow("\"rms_norm_eps\": 1E-05", "\"rms_norm_eps\": 1e-46", "'config.json': rms_norm_eps is 1E-46, expected 1E-30 or more, and below 1.")]
    [DataRow("\"rope_theta\": 500", "\"rope_theta\": 1e999", "'config.json': rope_theta is Infinity, expected a finite number above 1.")]
    [DataRow("\"format_version\": 1", "\"format_version\": 2", "'config.json' has format version 2; this version of Dtic reads up to 1. Update the package.")]
    [DataRow("\"Isolated\"", "\"Sideways\"", "'config.json': context_attention is \"Sideways\", expected one of Isolated, Windowed, WindowedReset.")]
    [DataRow("\"Isolated\"", "\"1\"", "'config.json': context_attention is \"1\", expected one of Isolated, Windowed, WindowedReset.")]
    public void Load_ValueOutOfRange_ThrowsNamingIt(string from, string to, string message)
    {
        string json = Json(Literal).Replace(from, to, StringComparison.Ordinal);
        var culture = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };
        try
        {
            Assert.AreEqual(message, Failure(json));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    [TestMethod]
    [DataRow("[]", "'config.json' is not a Dtic model configuration: it holds no object.")]
    [DataRow("null", "'config.json' is not a Dtic model configuration: it holds no object.")]
    [DataRow("\"dtic\"", "'config.json' is not a Dtic model configuration: it holds no object.")]
    [DataRow("{}", "'config.json' lacks the key 'dtic'.")]
    [DataRow("""{"dtic":7}""", "'config.json': dtic is 7, expected an object.")]
    [DataRow("""{"dtic":{"format_version":"1"}}""", "'config.json': format_version is \"1\", expected an integer of 32 bits.")]
    [DataRow("""{"dtic":{"format_version":1.5}}""", "'config.json': format_version is 1.5, expected an integer of 32 bits.")]
    [DataRow("""{"dtic":{"format_version":99999999999}}""", "'config.json': format_version is 99999999999, expected an integer of 32 bits.")]
    [DataRow("""{"dtic":{"format_version":0}}""", "'config.json' has format version 0; this version of Dtic reads up to 1. Update the package.")]
    public void Load_OtherJson_SaysWhatIsWrong(string json, string message) => Assert.AreEqual(message, Failure(json));

    [TestMethod]
    [DataRow("")]
    [DataRow("{\"dtic\":")]
    [DataRow("""{"dtic":{},"dtic":{}}""")]
    public void Load_NoJson_Throws(string json) => Assert.StartsWith("'config.json' is not a Dtic model configuration: ", Failure(json));

    [TestMethod]
    public void Load_AnyKeyMissing_NamesIt()
    {
        var whole = JsonNode.Parse(Json(Literal))!.AsObject();
        string[] keys = [.. whole.Select(entry => entry.Key), .. whole["dtic"]!.AsObject().Select(entry => entry.Key)];
        Assert.HasCount(19, keys);
        foreach (string key in keys)
        {
            var json = whole.DeepClone().AsObject();
            Assert.IsTrue(json.Remove(key) || json["dtic"]!.AsObject().Remove(key));

            Assert.AreEqual($"'config.json' lacks the key '{key}'.", Failure(json.ToJsonString()));
        }
    }

    [TestMethod]
    [DataRow("architectures", "[\"BertForSequenceClassification\"]", "[\"LlamaForSequenceClassification\"]")]
    [DataRow("architectures", "[]", "[\"LlamaForSequenceClassification\"]")]
    [DataRow("model_type", "\"bert\"", "\"llama\"")]
    [DataRow("hidden_act", "\"gelu\"", "\"silu\"")]
    [DataRow("num_key_value_heads", "1", "4")]
    [DataRow("num_labels", "2", "1")]
    [DataRow("head_dim", "16", "8")]
    [DataRow("attention_bias", "true", "false")]
    [DataRow("mlp_bias", "true", "false")]
    [DataRow("rope_scaling", "{\"rope_type\":\"linear\",\"factor\":2}", "null")]
    [DataRow("rope_parameters", "{\"rope_type\":\"default\"}", "null")]
    [DataRow("quantization_config", "{\"bits\":4}", "null")]
    public void Load_AnotherNetwork_IsRefused(string key, string value, string expected)
    {
        var json = JsonNode.Parse(Json(Literal))!;
        json[key] = JsonNode.Parse(value);

        Assert.AreEqual($"'config.json': {key} is {value}, expected {expected}: Dtic scores no other network.", Failure(json.ToJsonString(new() { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping })));
    }

    [TestMethod]
    public void Load_KeysOfOtherToolsThatChangeNoScore_AreLeftAlone()
    {
        var json = JsonNode.Parse(Json(Literal))!;
        foreach (var (key, value) in new[] { ("transformers_version", "\"5.0.0\""), ("torch_dtype", "\"float32\""), ("max_position_embeddings", "2048"), ("use_cache", "true"), ("head_dim", "8"), ("attention_bias", "false"), ("rope_scaling", "null") })
        {
            json[key] = JsonNode.Parse(value);
        }

        Assert.AreEqual(Literal, Load(json.ToJsonString()));
    }

    [TestMethod]
    public void Load_LongValueWithControlCharacters_IsShownShort() => Assert.AreEqual(
        "'config.json': hidden_act is \"" + @"\u001b[31m" + new string('x', 89) + "..., expected \"silu\": Dtic scores no other network.",
        Failure(Json(Literal).Replace("\"silu\"", "\"" + @"\u001b[31m" + new string('x', 100_000) + "\"", StringComparison.Ordinal)));

    [TestMethod]
    public void Load_TruncatedOrDamaged_ThrowsModelFormatExceptionOrLoads()
    {
        byte[] file = Encoding.UTF8.GetBytes(Json(Literal));
        for (int length = 0; length < file.Length; length++)
        {
            Assert.StartsWith("'config.json' is not a Dtic model configuration: ", Failure(Encoding.UTF8.GetString(file[..length])));
        }

        var random = new Random(1);
        int failures = 0;
        for (int round = 0; round < 3000; round++)
        {
            byte[] damaged = [.. file];
            damaged[random.Next(file.Length)] ^= (byte)random.Next(1, 256);
            try
            {
                Assert.IsNull(ModelConfiguration.Load(new MemoryStream(damaged), "config.json").Problem());
            }
            catch (ModelFormatException)
            {
                failures++;
            }
        }

        Assert.IsGreaterThan(1000, failures);
    }

    private static string Json(ModelConfiguration configuration)
    {
        using var stream = new MemoryStream();
        configuration.Save(stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static ModelConfiguration Load(string json) => ModelConfiguration.Load(new MemoryStream(Encoding.UTF8.GetBytes(json)), "config.json");

    private static string Failure(string json) => Assert.ThrowsExactly<ModelFormatException>(() => Load(json)).Message;
}
