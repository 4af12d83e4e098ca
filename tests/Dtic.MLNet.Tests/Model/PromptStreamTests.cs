using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class PromptStreamTests
{
    [TestMethod]
    public void Mask_Windowed_IsTheWindowWithoutForeignSums()
    {
        var stream = new PromptStream([PromptText.Parse("| 5 + | 6 S - | 7 S ? | 8 S")], contextLength: 1, ContextAttention.Windowed);

        AssertMask(
            stream,
            //5+6S-7S?8S
            "1.........",
            "11........",
            "111.......",
            "1111......",
            "111.1.....",
            "..1.11....",
            "..1.111...",
            "..1.11.1..",
            ".....1.11.",
            ".....1.111");
    }

    [TestMethod]
    public void Mask_Isolated_OnlySumsLookOutOfTheirInteraction()
    {
        var stream = new PromptStream([PromptText.Parse("| 5 + | 6 S - | 7 S ? | 8 S")], contextLength: 1, ContextAttention.Isolated);

        AssertMask(
            stream,
            //5+6S-7S?8S
            "1.........",
            "11........",
            "..1.......",
            "1111......",
            "..1.1.....",
            ".....1....",
            "..1.111...",
            ".....1.1..",
            "........1.",
            ".....1.111");
    }

    [TestMethod]
    public void Mask_Prefix_IsSeenByEveryTokenOfItsPromptOnly()
    {
        var stream = new PromptStream(
            [PromptText.Parse("20 21 | 5 - | 6 S"), PromptText.Parse("| 5 S"), PromptText.Parse("22 | 5 - | 6 S")], contextLength: 0, ContextAttention.Windowed);

        AssertMask(
            stream,
            "1............",
            "11...........",
            "111..........",
            "1111.........",
            "11..1........",
            "11..11.......",
            "......1......",
            "......11.....",
            "........1....",
            "........11...",
            "........111..",
            "........1..1.",
            "........1..11");
    }

    [TestMethod]
    public void Mask_OutcomesNotYetKnown_AreHiddenAndTheirItemsAreNot()
    {
        // The first two were shown at the same moment, and the outcome of the third is still open when the fourth is shown.
        var stream = new PromptStream([PromptText.Parse("| 5 + | 6 S - | 7 S ? | 8 S", 0, 0, 2, 2)], contextLength: 3, ContextAttention.Windowed);

        AssertMask(
            stream,
            //5+6S-7S?8S
            "1.........",
            "11........",
            "1.1.......",
            "1.11......",
            "1.1.1.....",
            "111.11....",
            "111.111...",
            "111.11.1..",
            "111.11..1.",
            "111.11..11");
    }

    [TestMethod]
    public void Mask_OutcomesNotYetKnownIsolated_AreHiddenFromSums()
    {
        var stream = new PromptStream([PromptText.Parse("20 | 5 + | 6 S - | 7 S", 0, 0, 1)], contextLength: 2, ContextAttention.Isolated);

        AssertMask(
            stream,
            //p5+6S-7S
            "1.......",
            "11......",
            "111.....",
            "1..1....",
            "11.11...",
            "1..1.1..",
            "1.....1.",
            "1111..11");
    }

    [TestMethod]
    public void Mask_RandomPrompts_EqualsTheOracle()
    {
        for (int seed = 0; seed < 500; seed++)
        {
            var random = new RandomPrompts(seed);
            var prompts = random.Batch(1 + (seed % 4));
            int n = random.ContextLength();
            var attention = random.Attention();

            var actual = Mask(new PromptStream(prompts, n, attention));

            var expected = MaskOracle.Of(prompts, n, attention);
            CollectionAssert.AreEqual(expected, actual, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Stream_TwoPrompts_LaysThemEndToEnd()
    {
        PackedPrompt[] prompts = [PromptText.Parse("20 | 5 6 + | 7 S - | 8 S"), PromptText.Parse("| 9 S")];

        var stream = new PromptStream(prompts, contextLength: 2, ContextAttention.Windowed);

        Assert.AreEqual(11, stream.Length);
        CollectionAssert.AreEqual(prompts.SelectMany(p => p.Tokens.ToArray()).Select(t => (long)t).ToArray(), stream.Tokens);
        CollectionAssert.AreEqual(new[] { 5, 8, 10 }, stream.SumTokens);
        CollectionAssert.AreEqual(new[] { 0 }, stream.PrefixTokens);

        // [SUM] takes no position: the tokens behind it stand where they would stand without it.
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 3, 4, 5, 5, 6, 7, 0, 1 }, stream.Positions);
    }

    private static void AssertMask(PromptStream stream, params string[] expected)
    {
        var mask = Mask(stream);
        var rows = Enumerable.Range(0, stream.Length).Select(t => string.Concat(Enumerable.Range(0, stream.Length).Select(s => mask[t, s] ? '1' : '.')));
        Assert.AreEqual(string.Join('\n', expected), string.Join('\n', rows));
    }

    private static bool[,] Mask(PromptStream stream)
    {
        var mask = new bool[stream.Length, stream.Length];
        for (int t = 0; t < stream.Length; t++)
        {
            for (int p = stream.PrefixStart[t]; p < stream.PrefixEnd[t]; p++)
            {
                mask[t, stream.PrefixTokens[p]] = true;
            }

            for (int s = stream.FirstKey[t]; s <= t; s++)
            {
                mask[t, s] = stream.Admits(t, s);
            }
        }

        return mask;
    }
}
