using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class SubwordLearnerTests
{
    [TestMethod]
    public void Learn_SmallCorpus_MergesMostFrequentPairFirst()
    {
        var words = new Dictionary<string, long> { ["low"] = 5, ["lower"] = 2, ["new"] = 6, ["newer"] = 1 };

        var merges = SubwordLearner.Learn(words, 256 + 4, []);

        // l+o occurs 7 times, as do n+e, o+w and e+w (2 in "lower" is w+e): the smallest left byte wins, 'e' + 'w'.
        SubwordMerge[] expected = [new('e', 'w'), new('l', 'o'), new('n', 256), new(257, 'w')];
        CollectionAssert.AreEqual(expected, merges);
    }

    [TestMethod]
    public void Learn_PairSeenOnce_IsNotMerged() =>
        Assert.IsEmpty(SubwordLearner.Learn(new Dictionary<string, long> { ["abc"] = 1 }, 1000, []));

    [TestMethod]
    public void Learn_SizeOfBytes_LearnsNothing() =>
        Assert.IsEmpty(SubwordLearner.Learn(new Dictionary<string, long> { ["aaaa"] = 9 }, 256, []));

    [TestMethod]
    public void Learn_ReservedSpelling_IsPassedOver()
    {
        var words = new Dictionary<string, long> { ["===="] = 3, ["ab"] = 2 };

        var merges = SubwordLearner.Learn(words, 300, ["=="]);

        CollectionAssert.AreEqual(new SubwordMerge[] { new('a', 'b') }, merges);
    }

    [TestMethod]
    public void Learn_UnpairedSurrogate_TeachesNothing() =>
        Assert.IsEmpty(SubwordLearner.Learn(new Dictionary<string, long> { ["a\uD800"] = 5 }, 300, []));

    [TestMethod]
    [DataRow("ab")]
    [DataRow("aab \u00e9")]
    [DataRow("abcdefgh =\U0001F600\u4e2d")]
    public void Learn_RandomCorpus_EqualsNaiveCounting(string alphabet)
    {
        for (int seed = 0; seed < 120; seed++)
        {
            var random = new Random(seed);
            var words = new Dictionary<string, long>();
            for (int i = random.Next(1, 25); i > 0; i--)
            {
                string word = new(RandomText.NextWords(random, 12, alphabet).Where(letter => !char.IsSurrogate(letter)).ToArray());
                words[word] = random.Next(1, 4);
            }
            int size = 256 + random.Next(40);

            CollectionAssert.AreEqual(NaiveSubwords.Learn(words, size, ["=="]), SubwordLearner.Learn(words, size, ["=="]), $"seed {seed}");
        }
    }

    [TestMethod]
    public void Learn_OrderOfWords_DoesNotMatter()
    {
        var random = new Random(3);
        var words = Enumerable.Range(0, 300).Select(_ => RandomText.NextWords(random, 10, "abc")).Distinct().ToDictionary(word => word, _ => (long)random.Next(1, 3));
        var expected = SubwordLearner.Learn(words, 400, []);

        var shuffled = words.OrderBy(_ => random.Next()).ToDictionary();

        CollectionAssert.AreEqual(expected, SubwordLearner.Learn(shuffled, 400, []));
    }

    [TestMethod]
    public void Learn_MovieTitles_EqualsNaiveCounting()
    {
        var words = new WordCounts();
        foreach (string title in MovieTitles.Read())
        {
            words.Add(title);
        }

        CollectionAssert.AreEqual(NaiveSubwords.Learn(words.Counts, 256 + 300, []), SubwordLearner.Learn(words.Counts, 256 + 300, []));
    }
}
