using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class WorkCounterTests
{
    [TestMethod]
    [DataRow(ContextAttention.Windowed, 43L, DisplayName = "Windowed")]
    [DataRow(ContextAttention.Isolated, 35L, DisplayName = "Isolated")]
    public void Count_LiteralPrompt_CountsWhatTheMaskAdmits(ContextAttention attention, long pairs)
    {
        // Every sum below begins with the prefix token; it sees itself.
        // First interaction: items 2 + 3, [SUM] 4, outcome 4. Together 1 + 13.
        // Second, in whose window two items and their known outcome stand: item 5, [SUM] 6, outcome 6: 17. Isolated: 2, 6 and 3: 11.
        // Third, in whose window one item stands and an outcome not yet known: items 3 + 4, [SUM] 5: 12. Isolated: 2 + 3 and 5: 10.
        var targets = new PromptTargets(PromptText.Parse("20 | 5 6 S + | 7 S - | 8 9 S", 0, 1, 1));

        var work = new WorkCounter(targets, 0, 3, contextLength: 1).Count(0, 3, attention);

        Assert.AreEqual(new PromptWork(Tokens: 11, Interactions: 3, Targets: 3, pairs, SumPairs: 4 + 6 + 5), work);
    }

    [TestMethod]
    public void Count_RandomSlices_AgreesWithTheMaskOracle()
    {
        var random = new Random(1);
        for (int seed = 0; seed < 500; seed++)
        {
            var prompts = new RandomPrompts(seed);
            var targets = new PromptTargets(prompts.Next());
            var attention = prompts.Attention();
            int n = prompts.ContextLength(), first = random.Next(targets.Count), count = random.Next(1, targets.Count - first + 1);
            int counted = random.Next(first + 1), end = random.Next(first + count, targets.Count + 1);

            var work = new WorkCounter(targets, counted, end - counted, n).Count(first, count, attention);

            var slice = targets.Slice(first, count, n);
            bool[,] mask = MaskOracle.Of([slice], n, attention);
            int[] all = [.. Enumerable.Range(0, slice.Tokens.Length)];
            int[] sums = [.. all.Where(t => slice.Tokens.Span[t] == SpecialToken.Sum)];
            Assert.AreEqual(
                new PromptWork(all.Length, slice.InteractionCount, count, all.Sum(t => all.Count(s => mask[t, s])), sums.Sum(t => all.Count(s => mask[t, s]))),
                work, $"seed {seed}");
        }
    }
}
