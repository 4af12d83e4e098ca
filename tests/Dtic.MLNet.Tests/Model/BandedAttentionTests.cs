using Dtic.MLNet.Model;
using Dtic.MLNet.Model.Kernels;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

/// <summary>Every back end of <see cref="StreamAttention"/> against <see cref="DenseAttention"/>, forward and backward.</summary>
[TestClass]
public sealed class BandedAttentionTests
{
    [TestMethod]
    [DataRow(false, DisplayName = "every token asks")]
    [DataRow(true, DisplayName = "only [SUM] tokens ask")]
    public void Attend_SmallRandomLayouts_EqualsDenseAttention(bool sumsOnly)
    {
        for (int seed = 0; seed < 120; seed++)
        {
            var random = new RandomPrompts(seed);
            AssertEqualsDense(random.Batch(1 + (seed % 5)), random.ContextLength(), random.Attention(), sumsOnly, seed);
        }
    }

    [TestMethod]
    [DataRow(false, DisplayName = "every token asks")]
    [DataRow(true, DisplayName = "only [SUM] tokens ask")]
    public void Attend_LayoutsOfManyBlocks_EqualsDenseAttention(bool sumsOnly)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new RandomPrompts(1000 + seed);
            var prompts = random.Batch(seed % 3 == 0 ? 40 : 3, longest: seed % 3 == 0 ? 6 : 80);
            AssertEqualsDense(prompts, seed % 4 == 3 ? 1000 : 3 + seed, (ContextAttention)(seed % 2), sumsOnly, seed);
        }
    }

    [TestMethod]
    public void ForAll_LongHistory_CostsTheWindowAndNotTheSquare()
    {
        string history = string.Concat(Enumerable.Repeat("| 5 6 S + ", 2000)) + "| 7 S";
        foreach (var attention in Enum.GetValues<ContextAttention>())
        {
            var stream = new PromptStream([PromptText.Parse(history)], contextLength: 10, attention);

            using var plan = AttentionPlan.ForAll(stream, CPU);

            long cells = plan.Blocks.Sum(b => (long)b.QueryCount * (b.KeyCount + b.PrefixCount));
            Assert.IsLessThan(stream.Length * 512L, cells, attention.ToString());
        }
    }

    private static void AssertEqualsDense(PackedPrompt[] prompts, int n, ContextAttention attention, bool sumsOnly, int seed)
    {
        var random = new Random(seed);
        var stream = new PromptStream(prompts, n, attention);
        if (seed % 3 == 1)
        {
            for (int t = 0; t < stream.Length; t++)
            {
                stream.BiasScales[t] = random.Next(2);
            }
        }

        int heads = 1 + (seed % 3), width = 2 * random.Next(1, 9);
        var shape = new AttentionShape(heads, width, AttentionSlopes.For(heads), seed % 4 == 3 ? null : new RotaryTable(width, 10_000));
        var dense = new DenseAttention(prompts, MaskOracle.Of(prompts, n, attention), stream.BiasScales, sumsOnly, shape, seed);

        dense.AssertEquals(() => new BlockedAttention(stream, shape, sumsOnly, CPU), $"seed {seed}, blocked");
        foreach (int bits in SimdWidth.Supported)
        {
            dense.AssertEquals(() => new SimdAttention(stream, shape, sumsOnly, bits), $"seed {seed}, {bits} bits");
        }
    }
}
