using System.Runtime.InteropServices;
using Dtic.MLNet.Model;
using Dtic.Transforms;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class ModelWeightsTests(TestContext context)
{
    private static readonly ModelConfiguration Configuration = new(500, "0f1e", 64, 2, 4, 96, 3, ContextAttention.Isolated);

    [TestMethod]
    [DataRow(0)]
    [DataRow(-7)]
    [DataRow(int.MaxValue)]
    public void Random_SameSeed_IsBitwiseEqualAndLeavesTorchsGenerator(int seed)
    {
        using var before = get_rng_state();
        byte[] expected = before.bytes.ToArray();

        CollectionAssert.AreEqual(Bytes(ModelWeights.Random(Configuration, seed)), Bytes(ModelWeights.Random(Configuration, seed)));
        CollectionAssert.AreNotEqual(Bytes(ModelWeights.Random(Configuration, seed)), Bytes(ModelWeights.Random(Configuration, seed ^ 1)));

        using var after = get_rng_state();
        CollectionAssert.AreEqual(expected, after.bytes.ToArray());
    }

    [TestMethod]
    [DataRow("model.embed_tokens.weight", 0.02)]
    [DataRow("model.layers.0.self_attn.q_proj.weight", 0.125)]
    [DataRow("model.layers.1.self_attn.o_proj.weight", 0.0625)]
    [DataRow("model.layers.1.mlp.up_proj.weight", 0.125)]
    [DataRow("model.layers.0.mlp.down_proj.weight", 0.0510310363)]
    public void Random_Matrix_HasMeanZeroAndItsDeviation(string name, double deviation)
    {
        var weights = ModelWeights.Random(Configuration, seed: 1);
        double[] values = [.. weights[name].ToArray().Select(v => (double)v)];

        Assert.AreEqual(0, values.Average(), deviation * 0.1);
        Assert.AreEqual(deviation, Math.Sqrt(values.Average(v => v * v)), deviation * 0.05);
    }

    [TestMethod]
    public void Random_Norms_AreOne()
    {
        Assert.IsTrue(ModelWeights.Random(Configuration, seed: 1)["model.norm.weight"].ToArray().All(v => v == 1));
    }

    [TestMethod]
    public void CreateModel_WeightsReplicasAndGradients_AreAligned()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        using var model = weights.CreateModel(CPU, train: true);
        using var replica = ModelWeights.Replicate(weights.Configuration, model);
        foreach (var trained in (ClickModel[])[model, replica])
        {
            using var scope = NewDisposeScope();
            trained.Forward(new PromptStream(new RandomPrompts(1).Batch(4), weights.Configuration)).sum().backward();

            Alignment.AssertAligned(trained.Parameters.Select(p => (p.Key, (Tensor)p.Value)));
            Alignment.AssertAligned(trained.Parameters.Select(p => ($"The gradient of {p.Key}", p.Value.grad!)));
        }
    }

    [TestMethod]
    [DataRow(ContextAttention.Isolated, 2, DisplayName = "own attention")]
    [DataRow(ContextAttention.WindowedReset, 2, DisplayName = "torch's attention")]
    [DataRow(ContextAttention.Isolated, 16, DisplayName = "wide")]
    public void CreateModel_WhateverStandsInMemory_ScoresBitForBitAlike(ContextAttention attention, int heads)
    {
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention, heads: heads));
        float[] expected = ScoresOf(weights.CreateModel(CPU), weights.Configuration);
        for (int i = 1; i < 20; i++)
        {
            byte[][] between = [.. Enumerable.Range(0, i).Select(size => new byte[size])];   // the next arrays stand elsewhere
            var model = ModelWeights.Of(weights.Configuration, name => weights[name].ToArray()).CreateModel(CPU);

            CollectionAssert.AreEqual(expected, ScoresOf(model, weights.Configuration), $"model {i}");
            GC.KeepAlive(between);
        }
    }

    [TestMethod]
    [DataRow(2)]
    [DataRow(16)]
    public void CreateModel_AndWeightsAtEveryOffset_AgreeBitForBitWhereThoseAreAligned(int heads)
    {
        const int FloatsIn64Bytes = 16;
        var weights = TestModels.Weights(TestModels.Configuration(heads: heads));
        float[] expected = ScoresOf(weights.CreateModel(CPU), weights.Configuration);
        var others = new List<int>();
        for (int offset = 0; offset <= FloatsIn64Bytes; offset++)
        {
            using var scope = NewDisposeScope();
            float[] scores = ScoresOf(new ClickModel(weights.Configuration, weights.Configuration.Weights().ToDictionary(w => w.Name, w => At(weights[w.Name], w.Shape, offset)), CPU), weights.Configuration);

            if (offset % FloatsIn64Bytes == 0) CollectionAssert.AreEqual(expected, scores, $"{offset} floats");
            Closeness.AssertClose(expected, scores, 1e-5, $"{offset} floats");
            if (!expected.AsSpan().SequenceEqual(scores)) others.Add(offset);
        }

        context.WriteLine($"On this processor there are other bits {(others.Count == 0 ? "at no offset" : $"at {string.Join(", ", others)} floats behind 64 bytes")}.");

        static Parameter At(ReadOnlySpan<float> values, long[] shape, int offset)
        {
            var room = empty(values.Length + FloatsIn64Bytes);
            values.CopyTo(MemoryMarshal.Cast<byte, float>(room.bytes)[offset..]);
            return new Parameter(room.narrow(0, offset, values.Length).view(shape), false);
        }
    }

    [TestMethod]
    public void Load_WhatWasSaved_IsBitwiseEqual()
    {
        byte[] saved = Bytes(ModelWeights.Random(Configuration, seed: 3));

        CollectionAssert.AreEqual(saved, Bytes(ModelWeights.Load(new MemoryStream(saved), Configuration, "f")));
    }

    [TestMethod]
    public void Load_WeightsOfAnotherShape_ThrowsNamingTheTensor()
    {
        byte[] saved = Bytes(ModelWeights.Random(Configuration, seed: 3));

        var exception = Assert.ThrowsExactly<ModelFormatException>(() => ModelWeights.Load(new MemoryStream(saved), Configuration with { VocabularySize = 501 }, "model.safetensors"));

        Assert.AreEqual("'model.safetensors': tensor 'model.embed_tokens.weight' has shape [500, 64], expected [501, 64].", exception.Message);
    }

    [TestMethod]
    public void CreateModel_ChangedNatively_LeavesTheWeights()
    {
        var weights = ModelWeights.Random(Configuration, seed: 3);
        byte[] before = Bytes(weights);
        using (var model = weights.CreateModel(CPU))
        using (no_grad())
        {
            model.Parameters["score.weight"].zero_();
            CollectionAssert.AreNotEqual(before, Bytes(ModelWeights.From(Configuration, model.Parameters)));
        }

        CollectionAssert.AreEqual(before, Bytes(weights));
    }

    [TestMethod]
    public void Replicate_ChangedMaster_ChangesTheReplica()
    {
        using var master = ModelWeights.Random(Configuration, seed: 3).CreateModel(CPU, train: true);
        using var replica = ModelWeights.Replicate(Configuration, master);
        using (no_grad())
        {
            master.Parameters["score.weight"].zero_();
        }

        CollectionAssert.AreEqual(new float[64], replica.Parameters["score.weight"].data<float>().ToArray());
        Assert.IsTrue(replica.Parameters.Values.All(p => p.requires_grad));
    }

    private static byte[] Bytes(ModelWeights weights)
    {
        using var stream = new MemoryStream();
        weights.Save(stream);
        return stream.ToArray();
    }

    /// <summary>What a model, which ends by that, makes of some prompts.</summary>
    private static float[] ScoresOf(ClickModel model, ModelConfiguration configuration)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        using (model) return model.Forward(new PromptStream(new RandomPrompts(1).Batch(20), configuration)).data<float>().ToArray();
    }
}
