using Dtic.MLNet.Model;
using Dtic.MLNet.Model.Kernels;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

/// <summary>Every back end of <see cref="StreamAttention"/> against <see cref="DenseAttention"/>, forward and backward.</summary>
[TestClass]
public sealed class BandedAttentionTests
{
    /// <summary>Less than a vector, whole vectors, and anything between.</summary>
    private static readonly int[] HeadDimensions = [2, 4, 6, 8, 10, 12, 16, 20, 24, 32, 48, 64, 128];

    [TestMethod]
    [DataRow(false, DisplayName = "every token asks")]
    [DataRow(true, DisplayName = "only [SUM] tokens ask")]
    public void Attend_SmallRandomLayouts_EqualsDenseAttention(bool sumsOnly)
    {
        for (int seed = 0; seed < 500; seed++)
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
            AssertEqualsDense(prompts, seed % 4 == 3 ? 1000 : 3 + seed, (ContextAttention)(seed % 3), sumsOnly, seed);
        }
    }

    [TestMethod]
    [DataRow(ContextAttention.Windowed, 3)]
    [DataRow(ContextAttention.Isolated, 3)]
    [DataRow(ContextAttention.Windowed, 1000)]
    public void Attend_HistoryOfManyChunks_EqualsDenseAttention(ContextAttention attention, int n)
    {
        var prompt = PromptText.Parse("20 21 " + string.Concat(Enumerable.Repeat("| 5 6 7 S + | 8 ? ", 300)) + "| 7 S", [.. Enumerable.Range(0, 601).Select(j => j / 3 * 3)]);

        AssertEqualsDense([prompt], n, attention, sumsOnly: false, seed: 1);
        AssertEqualsDense([prompt], n, attention, sumsOnly: true, seed: 6);
    }

    [TestMethod]
    [DataRow(1, 9, 24, DisplayName = "between the windows of the two vectors lie keys that neither has")]
    [DataRow(20, 9, 24, DisplayName = "most keys belong to one vector")]
    [DataRow(20, 25, 0, DisplayName = "the windows overlap, and each vector has keys of its own")]
    public void Attend_VectorsOfDifferentWindows_EqualsDenseAttention(int n, int bursts, int between)
    {
        // Four targets are half a tile of the narrowest vectors, and less of the others.
        string burst = string.Concat(Enumerable.Repeat("| 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 S + ", 4)) + string.Concat(Enumerable.Repeat("| 8 9 10 11 12 13 - ", between));
        var prompt = PromptText.Parse("20 21 " + string.Concat(Enumerable.Repeat(burst, bursts)));
        foreach (int bits in SimdWidth.Supported)
        {
            var plan = new TilePlan(new PromptStream([prompt], n, ContextAttention.Isolated), sumsOnly: true, lanes: 2 * bits / 32);
            Assert.IsTrue(plan.Tiles.Any(t => t.SecondHalfBegin - t.KeyBegin >= 64 && t.KeyEnd - t.FirstHalfEnd >= 64), $"{bits} bits: whole blocks for each half alone");
        }

        foreach (int seed in (int[])[7, 9, 10, 12])   // heads of 20, 32, 48 and 128 elements
        {
            AssertEqualsDense([prompt], n, ContextAttention.Isolated, sumsOnly: seed % 2 == 0, seed);
        }
    }

    [TestMethod]
    public void Attend_OneTokenInteractionsOfOneTarget_EqualsDenseAttention()
    {
        foreach (var attention in Enum.GetValues<ContextAttention>())
        {
            AssertEqualsDense([PromptText.Parse("| 5 + | 6 - | 7 S"), PromptText.Parse("| S"), PromptText.Parse("9 | + | S")], 2, attention, sumsOnly: false, seed: 9);
            AssertEqualsDense([PromptText.Parse("| 5 + | 6 - | 7 S"), PromptText.Parse("| S"), PromptText.Parse("9 | + | S")], 2, attention, sumsOnly: true, seed: 9);
        }
    }

    [TestMethod]
    public void Attend_SameInputTwice_GivesTheSameBits()
    {
        foreach (int bits in SimdWidth.Supported)
        {
            var stream = new PromptStream(new RandomPrompts(4).Batch(5, longest: 30), 4, ContextAttention.Windowed);
            CollectionAssert.AreEqual(ResultAndGradient(stream, bits), ResultAndGradient(stream, bits));
        }
    }

    [TestMethod]
    public void Attend_ForwardAndBackward_LeavesNoTensor()
    {
        var stream = new PromptStream(new RandomPrompts(4).Batch(5), 4, ContextAttention.Isolated);
        foreach (int bits in SimdWidth.Supported)
        {
            LiveTensors.AssertNoneLeft(() => ResultAndGradient(stream, bits));
        }
    }

    [TestMethod]
    public void Attend_ProjectionsOfAnotherWidth_SaysWhatIsExpected()
    {
        using var scope = NewDisposeScope();
        var stream = new PromptStream([PromptText.Parse("| 5 S")], 4, ContextAttention.Isolated);
        using var attention = new SimdAttention(stream, new AttentionShape(1, 4, AttentionSlopes.For(1), null), sumsOnly: false, SimdWidth.Supported[0]);

        var e = Assert.ThrowsExactly<ArgumentException>(() => attention.Attend(zeros(2, 8), null));

        Assert.AreEqual("The projections are Float32 (2, 8) on cpu, expected Float32 (2, 12) on cpu. (Parameter 'x')", e.Message);
    }

    [TestMethod]
    public void Plans_LongHistory_CostTheWindowAndNotTheSquare()
    {
        string history = string.Concat(Enumerable.Repeat("| 5 6 S + ", 2000)) + "| 7 S";
        foreach (var attention in Enum.GetValues<ContextAttention>())
        {
            var stream = new PromptStream([PromptText.Parse(history)], contextLength: 10, attention);

            using var plan = AttentionPlan.ForAll(stream, CPU);
            var tiles = new TilePlan(stream, sumsOnly: false, lanes: 32, keysPerChunk: 1000);

            long cells = plan.Blocks.Sum(b => (long)b.QueryCount * (b.KeyCount + b.PrefixCount));
            Assert.IsLessThan(stream.Length * 512L, cells, attention.ToString());
            Assert.IsLessThan(stream.Length * 128L, tiles.Tiles.Sum(t => 32L * (t.KeyEnd - t.KeyBegin)), attention.ToString());
            Assert.IsLessThanOrEqualTo(1000, tiles.Chunks.Max(c => c.KeyCount), attention.ToString());
            Assert.IsLessThan(1.1 * tiles.KeyTokens.Length, tiles.Chunks.Sum(c => c.KeyCount), $"{attention}: chunks repeat a window of keys each, whatever asks");
        }
    }

    private static float[] ResultAndGradient(PromptStream stream, int bits)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        var shape = new AttentionShape(2, 8, AttentionSlopes.For(2), new RotaryTable(8, 10_000));
        using var attention = new SimdAttention(stream, shape, sumsOnly: false, bits);
        var x = randn([stream.Length, 48], generator: generator).requires_grad_(true);
        var y = attention.Attend(x, null);
        (y * y).sum().backward();
        return [.. y.data<float>().ToArray(), .. x.grad!.data<float>().ToArray()];
    }

    private static void AssertEqualsDense(PackedPrompt[] prompts, int n, ContextAttention attention, bool sumsOnly, int seed)
    {
        var random = new Random(seed);
        var positions = new RandomPrompts(seed).Positions();
        var stream = new PromptStream(prompts, n, attention, positions);
        if (seed % 3 == 1)
        {
            for (int t = 0; t < stream.Length; t++)
            {
                stream.BiasScales[t] = random.Next(2);
            }
        }

        int heads = 1 + (seed % 3), width = HeadDimensions[seed % HeadDimensions.Length];
        var shape = new AttentionShape(heads, width, AttentionSlopes.For(heads), seed % 4 == 3 ? null : new RotaryTable(width, 10_000));
        var dense = new DenseAttention(prompts, MaskOracle.Of(prompts, n, attention), stream, n, sumsOnly, shape, seed);

        dense.AssertEquals(() => new BlockedAttention(stream, shape, sumsOnly, CPU), $"seed {seed}, blocked");
        foreach (int bits in SimdWidth.Supported.Where(_ => attention != ContextAttention.WindowedReset))
        {
            dense.AssertEquals(() => new SimdAttention(stream, shape, sumsOnly, bits), $"seed {seed}, {bits} bits");
            dense.AssertEquals(() => new SimdAttention(stream, shape, sumsOnly, bits, keysPerChunk: 24), $"seed {seed}, {bits} bits, many chunks");
        }
    }
}
