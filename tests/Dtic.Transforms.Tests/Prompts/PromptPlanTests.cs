using Dtic.Transforms.Prompts;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class PromptPlanTests
{
    [TestMethod]
    [DataRow("", 2, 3, "", DisplayName = "empty history")]
    [DataRow(".....", 2, 3, "", DisplayName = "no target")]
    [DataRow("t", 2, 3, "0-0-1", DisplayName = "one interaction")]
    [DataRow("tttttt", 2, 3, "0-0-3 1-3-6", DisplayName = "full prompts, each behind its context")]
    [DataRow("tttt", 2, 1, "0-0-1 0-1-2 0-2-3 1-3-4", DisplayName = "sliding windows")]
    [DataRow("tttttt", 2, 0, "0-0-6", DisplayName = "whole history")]
    [DataRow("...tt", 2, 0, "1-3-5", DisplayName = "context before the first target only as far as n")]
    [DataRow("t..t", 2, 0, "0-0-1 1-3-4", DisplayName = "gap of n: nothing is shared")]
    [DataRow("t.t", 2, 0, "0-0-3", DisplayName = "gap below n: the first target is context of the second")]
    [DataRow("tt", 0, 0, "0-0-1 1-1-2", DisplayName = "no context, nothing to share")]
    [DataRow("t.....t", int.MaxValue, 0, "0-0-7", DisplayName = "window longer than the history")]
    public void Cut_LiteralFlags_ReturnsTheRanges(string flags, int contextLength, int targetsPerPrompt, string expected)
    {
        var ranges = PromptPlan.Cut([.. flags.Select(f => f == 't')], contextLength, targetsPerPrompt);

        Assert.AreEqual(expected, string.Join(' ', ranges.Select(r => $"{r.Begin}-{r.FirstTarget}-{r.End}")));
    }

    [TestMethod]
    public void Cut_RandomFlags_CoversEveryTargetOnceBehindItsWholeContext()
    {
        var random = new Random(2);
        for (int round = 0; round < 3000; round++)
        {
            bool[] flags = [.. Enumerable.Range(0, random.Next(40)).Select(_ => random.Next(1 + (round % 5)) == 0)];
            int n = random.Next(7), k = random.Next(5);

            var ranges = PromptPlan.Cut(flags, n, k).ToArray();

            int[] covered = [.. ranges.SelectMany(r => Enumerable.Range(r.FirstTarget, r.End - r.FirstTarget).Where(i => flags[i]))];
            CollectionAssert.AreEqual(Enumerable.Range(0, flags.Length).Where(i => flags[i]).ToArray(), covered);
            for (int r = 0; r < ranges.Length; r++)
            {
                var (begin, first, end) = ranges[r];
                int targets = flags[first..end].Count(f => f);
                Assert.AreEqual(Math.Max(0, first - n), begin);
                Assert.IsTrue(flags[first] && flags[end - 1], "a prompt begins and ends its targets with a target");
                Assert.IsTrue(k == 0 || targets <= k, "too many targets");
                for (int gap = 0, i = first + 1; i < end; i++)
                {
                    gap = flags[i] ? 0 : gap + 1;
                    Assert.IsTrue(gap < n, "interactions that nobody sees are encoded");
                }

                // Maximal: the next prompt begins because this one is full or nothing is shared.
                Assert.IsTrue(r + 1 == ranges.Length || (k > 0 && targets == k) || ranges[r + 1].FirstTarget - n > end - 1, "cut for no reason");
            }
        }
    }
}
