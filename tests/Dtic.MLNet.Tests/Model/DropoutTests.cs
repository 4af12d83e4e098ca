using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class DropoutTests
{
    [TestMethod]
    [DataRow(0.1)]
    [DataRow(0.5)]
    public void Apply_Ones_DropsTheRateAndKeepsTheMean(double rate)
    {
        float[] values = Masked(rate, seed: 1);

        float kept = (float)(1 / (1 - rate));
        Assert.IsTrue(values.All(v => v == 0 || Math.Abs(v - kept) < 1e-6));
        Assert.AreEqual(rate, values.Count(v => v == 0) / (double)values.Length, 0.01);
        Assert.AreEqual(1, values.Average(), 0.02);
    }

    [TestMethod]
    public void Apply_SameSeed_DrawsTheSameMaskAndLeavesTorchsGenerator()
    {
        using var before = get_rng_state();
        byte[] expected = before.bytes.ToArray();

        CollectionAssert.AreEqual(Masked(0.3, seed: 5), Masked(0.3, seed: 5));
        CollectionAssert.AreNotEqual(Masked(0.3, seed: 5), Masked(0.3, seed: 6));

        using var after = get_rng_state();
        CollectionAssert.AreEqual(expected, after.bytes.ToArray());
    }

    [TestMethod]
    public void Apply_TwiceInARow_DrawsAnew()
    {
        var dropout = Create(0.5, seed: 1, tokens: 1);
        using var x = ones(1, 1000);
        using var first = dropout.Apply(x);
        using var second = dropout.Apply(x);

        CollectionAssert.AreNotEqual(first.data<float>().ToArray(), second.data<float>().ToArray());
    }

    [TestMethod]
    public void Apply_TokensInAnotherOrder_DropsTheSameValuesOfEach()
    {
        var stream = Stream(2);
        using var x = ones(2, 50);
        using var one = new Dropout(0.5, stream, [7, 8]).Apply(x);
        using var other = new Dropout(0.5, stream, [8, 7]).Apply(x);

        float[] a = one.data<float>().ToArray(), b = other.data<float>().ToArray();
        CollectionAssert.AreEqual(a[..50], b[50..]);
        CollectionAssert.AreEqual(a[50..], b[..50]);
        CollectionAssert.AreNotEqual(a[..50], a[50..]);
    }

    [TestMethod]
    public void Apply_SumRowsOnly_UsesTheKeysOfTheSumTokens()
    {
        var stream = new PromptStream([PromptText.Parse("| 5 6 S")], 1, ContextAttention.Windowed);
        using var x = ones(1, 50);
        using var pruned = new Dropout(0.5, stream, [1, 2, 3]).Apply(x);
        using var expected = new Dropout(0.5, Stream(1), [3]).Apply(x);

        CollectionAssert.AreEqual(expected.data<float>().ToArray(), pruned.data<float>().ToArray());
    }

    [TestMethod]
    [DataRow(64, DisplayName = "whole vectors")]
    [DataRow(78, DisplayName = "a rest of 14")]
    [DataRow(3, DisplayName = "less than a word of bits")]
    public void Apply_AnyWidth_DropsByTheHashOfKeyCallAndPlaceInResultAndGradient(int width)
    {
        const double Rate = 0.3;
        ulong[] keys = [7, ulong.MaxValue, 0];
        using var scope = NewDisposeScope();
        var x = (arange(3 * width, dtype: ScalarType.Float32).reshape(3, width) + 1).requires_grad_(true);

        var y = new Dropout(Rate, Stream(3), keys).Apply(x);
        y.sum().backward();

        // The formula: 16 bits for each value, four values to a word; the word's hash is of the row's key, the call's number and the place.
        float[] factors =
        [
            .. from key in keys
               from i in Enumerable.Range(0, width)
               let bits = SeedMix.Add(SeedMix.Add(key, 1), (ulong)(i / 4 * 4)) >> (i % 4 * 16)
               select (bits & 0xFFFF) < Math.Round(Rate * 65536) ? 0f : (float)(1 / (1 - Rate)),
        ];
        Closeness.AssertClose(factors, x.grad!.data<float>().ToArray(), 0);
        Closeness.AssertClose([.. factors.Select((f, i) => f * (i + 1))], y.data<float>().ToArray(), 0);
    }

    private static float[] Masked(double rate, ulong seed)
    {
        using var x = ones(200, 200);
        using var result = Create(rate, seed, 200).Apply(x);
        return result.data<float>().ToArray();
    }

    private static Dropout Create(double rate, ulong seed, int tokens) =>
        new(rate, Stream(tokens), [.. Enumerable.Range(0, tokens).Select(t => SeedMix.Add(seed, (ulong)t))]);

    /// <summary>As many tokens as asked for; which ones does not matter.</summary>
    private static PromptStream Stream(int tokens) =>
        new([new PackedPrompt(Enumerable.Repeat(5, tokens).ToArray(), new[] { 0 }, new[] { 0 })], 1, ContextAttention.Windowed);
}
