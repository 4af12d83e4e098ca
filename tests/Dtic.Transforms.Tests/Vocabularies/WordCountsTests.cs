using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class WordCountsTests
{
    [TestMethod]
    public void Add_Texts_CountsTheirWords()
    {
        var words = new WordCounts();
        words.Add("the cat the");
        words.Add("the");
        words.Add("");

        CollectionAssert.AreEquivalent(new Dictionary<string, long> { ["the"] = 2, [" cat"] = 1, [" the"] = 1 }, words.Counts.ToDictionary());
    }

    [TestMethod]
    public void Add_MoreWordsThanAllowed_KeepsAllUpToALength()
    {
        var words = new WordCounts(maximumWords: 3);
        foreach (string text in new[] { "aaaa", "a", "bb", "cc", "dddd", "a", "bb" })
        {
            words.Add(text);
        }

        CollectionAssert.AreEquivalent(new Dictionary<string, long> { ["a"] = 2, ["bb"] = 2, ["cc"] = 1 }, words.Counts.ToDictionary());
    }

    [TestMethod]
    public void Add_MoreWordsThanAllowed_OrderDoesNotMatter()
    {
        for (int seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var texts = Enumerable.Range(0, 200).Select(_ => RandomText.NextWords(random, 9, "abc")).ToArray();
            int maximum = random.Next(1, 60);

            var first = Count(texts, maximum);
            random.Shuffle(texts);

            Assert.IsLessThanOrEqualTo(maximum, first.Count);
            CollectionAssert.AreEquivalent(first, Count(texts, maximum), $"seed {seed}");
        }
    }

    private static Dictionary<string, long> Count(string[] texts, int maximum)
    {
        var words = new WordCounts(maximum);
        foreach (string text in texts)
        {
            words.Add(text);
        }
        return words.Counts.ToDictionary();
    }
}
