using Dtic.MLNet.Model;
using Dtic.Transforms;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class ModelWeightsTests
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
}
