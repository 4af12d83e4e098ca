using Dtic.MLNet.Model;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class ItemPoolingTests
{
    [TestMethod]
    public void Embed_ALiteralPrompt_AddsTheMeanOfTheItemsToSumAndOutcome()
    {
        using var scope = NewDisposeScope();
        var stream = new PromptStream([PromptText.Parse("9 | 5 7 S + | 6 S")], 1, ContextAttention.Isolated);
        var weight = arange(0, 10, dtype: ScalarType.Float32).unsqueeze(1);   // a token's embedding is its id

        float[] pooled = ItemPooling.Embed(weight, stream, pools: true).data<float>().ToArray();

        float sum = stream.Tokens[3], click = stream.Tokens[4];
        CollectionAssert.AreEqual(new[] { 9, 5, 7, sum + 6, click + 6, 6, sum + 6 }, pooled);
        CollectionAssert.AreEqual(Array.ConvertAll(stream.Tokens, t => (float)t), ItemPooling.Embed(weight, stream, pools: false).data<float>().ToArray());
    }

    [TestMethod]
    [DataRow(true)]
    [DataRow(false)]
    public void Embed_RandomPrompts_EqualsTorchForwardAndBackward(bool pools)
    {
        for (int seed = 0; seed < 100; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator((ulong)seed, CPU);
            var random = new RandomPrompts(seed);
            var stream = new PromptStream(random.Batch(1 + (seed % 6)), random.ContextLength(), random.Attention());
            int width = 1 + (seed % 40);
            var weight = randn([RandomPrompts.VocabularySize, width], generator: generator);
            var direction = randn([stream.Length, width], generator: generator);
            Tensor fast = weight.clone().requires_grad_(true), slow = weight.clone().requires_grad_(true);

            var actual = ItemPooling.Embed(fast, stream, pools);
            var expected = ItemPooling.Portable(slow, stream, pools);
            (actual * direction).sum().backward();
            (expected * direction).sum().backward();

            Closeness.AssertClose(expected.data<float>().ToArray(), actual.data<float>().ToArray(), 1e-5, $"seed {seed}: result");
            Closeness.AssertClose(slow.grad!.data<float>().ToArray(), fast.grad!.data<float>().ToArray(), 1e-4, $"seed {seed}: gradient");
        }
    }

    [TestMethod]
    public void Embed_MoreBytesThanASpanHolds_FindsTheRows()
    {
        // What is not written takes no memory.
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var stream = new PromptStream([PromptText.Parse("9 | 5 7 S")], 1, ContextAttention.Isolated);
        var weight = empty(1 << 23, 65, dtype: ScalarType.Float32);
        foreach (long token in stream.Tokens) weight[token] = tensor((float)token);
        stream.Tokens[0] = weight.shape[0] - 1;
        weight[^1] = tensor(0.5f);

        float[] first = ItemPooling.Embed(weight, stream, pools: false).narrow(1, 0, 1).data<float>().ToArray();

        CollectionAssert.AreEqual(new[] { 0.5f, 5, 7, stream.Tokens[3] }, first);
    }
}
