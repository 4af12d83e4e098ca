using Dtic.Benchmarks.Measures;
using Dtic.MLNet.Tests.Model;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Tests.Benchmarks;

[TestClass]
public sealed class FlopCountTests
{
    private static readonly NetworkShape Small = new(Width: 2, Layers: 2, FeedForward: 3, Window: 1, Isolated: false);

    [TestMethod]
    [DataRow(1, false, 15, 5, DisplayName = "1 + 2 + 3, then 4 keys of the window and itself, then 5 for [SUM]")]
    [DataRow(0, false, 13, 4, DisplayName = "The earlier outcome is not known: two keys less")]
    [DataRow(1, true, 12, 5, DisplayName = "Isolated: the second item sees itself alone, [SUM] all the same")]
    public void Of_TwoInteractions_CountsPairs(int known, bool isolated, int pairs, int sumPairs)
    {
        var prompt = PromptText.Parse("| 5 6 + | 7 S", 0, known);

        var count = FlopCount.Of([prompt], Small with { Isolated = isolated });

        Assert.AreEqual(new FlopCount(5, 1, pairs, sumPairs), count);
    }

    [TestMethod]
    public void Of_Prefix_IsSeenByAllAndSeesItselfCausally()
    {
        var count = FlopCount.Of([PromptText.Parse("20 21 | 5 S")], Small);

        Assert.AreEqual(new FlopCount(Tokens: 4, Targets: 1, Pairs: 1 + 2 + 3 + 4, SumPairs: 4), count);
    }

    [TestMethod]
    public void Of_RandomPrompts_CountsTheMaskOfTheOracle()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            var random = new RandomPrompts(seed);
            int window = random.ContextLength();
            var attention = random.Attention();
            var prompts = random.Batch(3);
            var mask = MaskOracle.Of(prompts, window, attention);
            int[] tokens = [.. prompts.SelectMany(p => p.Tokens.ToArray())];
            long pairs = 0, sumPairs = 0;
            for (int t = 0; t < tokens.Length; t++)
            {
                int keys = Enumerable.Range(0, tokens.Length).Count(s => mask[t, s]);
                pairs += keys;
                sumPairs += tokens[t] == SpecialToken.Sum ? keys : 0;
            }

            var count = FlopCount.Of(prompts, Small with { Window = window, Isolated = attention == ContextAttention.Isolated });

            Assert.AreEqual(new FlopCount(tokens.Length, tokens.Count(t => t == SpecialToken.Sum), pairs, sumPairs), count, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Total_SmallNetwork_IsTheSumOfItsProducts()
    {
        var count = new FlopCount(Tokens: 5, Targets: 1, Pairs: 15, SumPairs: 5);

        // Each product of (a, b) by (b, c) is 2abc; the backward pass has two of the same size for each.
        double firstLayer = (4 * 2 * 5 * 2 * 2) + (3 * 2 * 5 * 2 * 3);
        double lastLayer = (2 * 2 * 5 * 2 * 2) + (2 * 2 * 1 * 2 * 2) + (3 * 2 * 1 * 2 * 3);
        double head = 2 * 1 * 2 * 1;
        Assert.AreEqual(3 * (firstLayer + lastLayer + head), count.Linear(Small));
        Assert.AreEqual(3 * (2 + 2) * 2 * (15 + 5), count.Attention(Small));
        Assert.AreEqual(count.Linear(Small) + count.Attention(Small), count.Total(Small));
    }
}
