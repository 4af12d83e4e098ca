namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class PackedPromptTests
{
    // Known outcomes: the last interaction but one sees those of 0 and 1, the target those of 0 to 2.
    private const string Prompt = "20 21 | 5 + | 6 - | 7 8 ? | 9 S";

    [TestMethod]
    [DataRow(0, 0, Prompt, new[] { 0, 0, 2, 3 }, DisplayName = "nothing")]
    [DataRow(0, 1, "20 21 | 6 - | 7 8 ? | 9 S", new[] { 0, 1, 2 }, DisplayName = "the oldest")]
    [DataRow(1, 2, "20 21 | 5 + | 7 8 ? | 9 S", new[] { 0, 1, 2 }, DisplayName = "one between")]
    [DataRow(2, 3, "20 21 | 5 + | 6 - | 9 S", new[] { 0, 0, 2 }, DisplayName = "the newest")]
    [DataRow(1, 3, "20 21 | 5 + | 9 S", new[] { 0, 1 }, DisplayName = "two")]
    [DataRow(0, 3, "20 21 | 9 S", new[] { 0 }, DisplayName = "all")]
    public void Without_Interactions_IsThePromptThatNeverHadThem(int begin, int end, string expected, int[] known)
    {
        var left = PromptText.Parse(Prompt, 0, 0, 2, 3).Without(begin, end);
        var wanted = PromptText.Parse(expected, known);

        CollectionAssert.AreEqual(wanted.Tokens.ToArray(), left.Tokens.ToArray());
        CollectionAssert.AreEqual(wanted.InteractionStarts.ToArray(), left.InteractionStarts.ToArray());
        CollectionAssert.AreEqual(wanted.KnownOutcomes.ToArray(), left.KnownOutcomes.ToArray());
    }

    [TestMethod]
    public void Without_TheTarget_Throws() =>
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => PromptText.Parse(Prompt).Without(3, 4));
}
