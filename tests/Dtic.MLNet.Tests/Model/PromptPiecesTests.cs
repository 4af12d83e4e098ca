using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class PromptPiecesTests
{
    // Two item tokens each; a slice of t targets behind c context interactions has 3 c + 4 t - 1 tokens.
    private static readonly PromptTargets Literal = new(PromptText.Parse("| 5 6 S + | 5 6 S + | 5 6 S + | 5 6 S + | 5 6 S + | 5 6 S"));

    [TestMethod]
    [DataRow(23, "0+6", DisplayName = "it fits")]
    [DataRow(22, "0+3 3+3", DisplayName = "equal pieces rather than full ones")]
    [DataRow(14, "0+3 3+3", DisplayName = "just two")]
    [DataRow(13, "0+2 2+2 4+2", DisplayName = "three")]
    [DataRow(6, "0+1 1+1 2+1 3+1 4+1 5+1", DisplayName = "one by one")]
    [DataRow(1, "0+1 1+1 2+1 3+1 4+1 5+1", DisplayName = "a target is a piece, however long it is")]
    public void Cut_LiteralPromptIsolated_KeepsTheBound(int maximumTokens, string expected) => Assert.AreEqual(
        expected, Text(PromptPieces.Cut(Literal, [0, 1, 2, 3, 4, 5], contextLength: 1, ContextAttention.Isolated, maximumTokens)));

    [TestMethod]
    public void Cut_TargetsNobodyAsksFor_StandOnlyBetweenOthers() => Assert.AreEqual(
        "1+1 4+1", Text(PromptPieces.Cut(Literal, [1, 4], contextLength: 1, ContextAttention.Isolated, maximumTokens: 13)));

    [TestMethod]
    public void Cut_NothingAsked_IsEmpty() => Assert.IsEmpty(PromptPieces.Cut(Literal, [], 1, ContextAttention.Isolated, 10));

    [TestMethod]
    public void Cut_RandomPromptsIsolated_NeedsAsFewPiecesAsPossible()
    {
        var random = new Random(1);
        for (int seed = 0; seed < 300; seed++)
        {
            var prompt = new RandomPrompts(seed).Next(longest: 30);
            int[] asked = [.. Enumerable.Range(0, prompt.TargetCount).Where(_ => random.Next(4) > 0)];
            int n = random.Next(4), bound = random.Next(1, 60);

            var pieces = PromptPieces.Cut(new PromptTargets(prompt), asked, n, ContextAttention.Isolated, bound);

            CollectionAssert.AreEqual(asked, pieces.SelectMany(p => Enumerable.Range(p.FirstTarget, p.TargetCount)).Intersect(asked).ToArray());
            Assert.IsTrue(pieces.All(p => asked.Contains(p.FirstTarget) && asked.Contains(p.FirstTarget + p.TargetCount - 1)));
            Assert.IsTrue(pieces.All(p => p.TargetCount == 1 || prompt.Slice(p.FirstTarget, p.TargetCount, n).Tokens.Length <= bound));
            Assert.HasCount(FewestPieces(prompt, asked, n, bound), pieces);
        }
    }

    [TestMethod]
    public void Cut_Windowed_FollowsTheFixedRuleWhateverTheCallersBound()
    {
        var prompt = new PromptTargets(LongHistory.Of(interactions: 2000, longest: 20).Prompt);
        int[] asked = [.. Enumerable.Range(0, 2000)];

        var pieces = PromptPieces.Cut(prompt, asked, 20, ContextAttention.Windowed, maximumTokens: 1);

        Assert.AreEqual(Text(pieces), Text(PromptPieces.Cut(prompt, asked, 20, ContextAttention.Windowed, int.MaxValue)));
        int[] lengths = [.. pieces.Select(p => prompt.Length(p.FirstTarget, p.TargetCount, 20))];
        Assert.IsLessThanOrEqualTo(PromptPieces.FixedTokens, lengths.Max());
        Assert.IsLessThan(PromptPieces.FixedTokens / 10, lengths.Max() - lengths.Min());
    }

    [TestMethod]
    public void Cut_WindowedBehindLongContext_KeepsFourTimesAsManyTargets()
    {
        var prompt = new PromptTargets(LongHistory.Of(interactions: 1000, longest: 20).Prompt);

        var pieces = PromptPieces.Cut(prompt, [.. Enumerable.Range(0, 1000)], 100, ContextAttention.Windowed, maximumTokens: 10);

        Assert.AreEqual("0+400 400+400 800+200", Text(pieces));
    }

    private static string Text(List<PromptPiece> pieces) => string.Join(' ', pieces.Select(p => $"{p.FirstTarget}+{p.TargetCount}"));

    /// <summary>By trying every last piece of every beginning.</summary>
    private static int FewestPieces(PackedPrompt prompt, int[] asked, int contextLength, int bound)
    {
        var fewest = new int[asked.Length + 1];
        for (int end = 1; end <= asked.Length; end++)
        {
            fewest[end] = int.MaxValue;
            for (int begin = 0; begin < end; begin++)
            {
                int count = asked[end - 1] - asked[begin] + 1;
                if (end - begin == 1 || prompt.Slice(asked[begin], count, contextLength).Tokens.Length <= bound)
                {
                    fewest[end] = Math.Min(fewest[end], fewest[begin] + 1);
                }
            }
        }

        return fewest[^1];
    }
}
