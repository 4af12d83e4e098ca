using System.Diagnostics;
using System.Text;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class TextTokensTests
{
    private const int FirstToken = 1000;
    private static readonly char[] Letters = [.. "abcdefgh"];

    [TestMethod]
    public void Encode_LiteralMerges_MergesTheEarliestFirst()
    {
        var tokens = new TextTokens(FirstToken, [new('a', 'b'), new('b', 'c'), new(256, 'c')]);

        CollectionAssert.AreEqual(new[] { FirstToken + 258, FirstToken + ' ', FirstToken + 257 }, Encode(tokens, "abc bc"));
    }

    [TestMethod]
    public void Encode_Text_AppendsToTheDestination()
    {
        var destination = new List<int> { 1, 2 };

        new TextTokens(FirstToken, []).Encode("", destination);
        new TextTokens(FirstToken, []).Encode("\u00e9", destination);

        CollectionAssert.AreEqual(new[] { 1, 2, FirstToken + 0xC3, FirstToken + 0xA9 }, destination);
    }

    [TestMethod]
    public void Encode_RandomText_EqualsNaiveMergingAndDecodesBack()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new Random(seed);
            var texts = Enumerable.Range(0, 40).Select(_ => RandomText.Next(random, 30)).ToList();
            var merges = Learn(texts, 256 + 80);
            var tokens = new TextTokens(FirstToken, merges);

            foreach (string text in texts.Append(RandomText.Next(random, 400)))
            {
                var expected = WordSplitterTests.Words(text).SelectMany(word => NaiveSubwords.Encode(word, merges)).Select(subword => FirstToken + subword).ToList();
                var actual = Encode(tokens, text);

                CollectionAssert.AreEqual(expected, actual, $"seed {seed}");
                CollectionAssert.AreEqual(actual, Encode(tokens, text), $"seed {seed}, from the cache");
                CollectionAssert.AreEqual(NaiveSubwords.Bytes(text), Decode(tokens, actual), $"seed {seed}");
            }
        }
    }

    [TestMethod]
    public void Encode_MovieTitles_DecodeBackAndNeedHalfTheBytes()
    {
        var titles = MovieTitles.Read();
        var tokens = new TextTokens(FirstToken, Learn(titles, 4096));
        long count = 0, bytes = 0;
        foreach (string title in titles)
        {
            var encoded = Encode(tokens, title);
            Assert.AreEqual(title, Encoding.UTF8.GetString([.. Decode(tokens, encoded)]));
            count += encoded.Count;
            bytes += Encoding.UTF8.GetByteCount(title);
        }
        Assert.IsLessThan(bytes / 2, count);
    }

    [TestMethod]
    [DataRow("a", DisplayName = "letters")]
    [DataRow("\U0001F600", DisplayName = "emoji")]
    [DataRow(" ", DisplayName = "spaces")]
    [DataRow("\uD800", DisplayName = "unpaired surrogates")]
    [DataRow("\0", DisplayName = "control characters")]
    public void LearnAndEncode_MillionCharactersWithoutAWordEnd_TakesLinearTime(string unit)
    {
        string text = string.Concat(Enumerable.Repeat(unit, 1_000_000 / unit.Length));
        var watch = Stopwatch.StartNew();

        var tokens = new TextTokens(FirstToken, Learn([text], 256 + 20));
        var encoded = Encode(tokens, text);

        Assert.IsLessThan(TimeSpan.FromSeconds(20), watch.Elapsed);   // quadratic: hours
        CollectionAssert.AreEqual(NaiveSubwords.Bytes(text), Decode(tokens, encoded));
    }

    [TestMethod]
    public void Encode_ManyThreadsAndMoreWordsThanTheCacheHolds_EqualsOneThread()
    {
        var random = new Random(5);
        var texts = Enumerable.Range(0, 40_000).Select(_ => $"title {string.Concat(random.GetItems(Letters, 9))} 1995").ToArray();
        var merges = Learn(texts.Take(500), 300);
        var alone = new TextTokens(FirstToken, merges);
        var expected = texts.Select(text => Encode(alone, text)).ToArray();

        var shared = new TextTokens(FirstToken, merges);
        var wrong = new System.Collections.Concurrent.ConcurrentBag<int>();
        Parallel.For(0, 3 * texts.Length, new ParallelOptions { MaxDegreeOfParallelism = 8 }, i =>
        {
            int index = i * 7 % texts.Length;
            if (!Encode(shared, texts[index]).SequenceEqual(expected[index]))
            {
                wrong.Add(index);
            }
        });

        Assert.IsEmpty(wrong);
    }

    private static List<SubwordMerge> Learn(IEnumerable<string> texts, int size)
    {
        var words = new WordCounts();
        foreach (string text in texts)
        {
            words.Add(text);
        }
        return SubwordLearner.Learn(words.Counts, size, []);
    }

    private static List<int> Encode(TextTokens tokens, string text)
    {
        var destination = new List<int>();
        tokens.Encode(text, destination);
        return destination;
    }

    private static List<byte> Decode(TextTokens tokens, IEnumerable<int> encoded)
    {
        var bytes = new List<byte>();
        foreach (int token in encoded)
        {
            Append(token - FirstToken);
        }
        return bytes;

        void Append(int subword)
        {
            if (subword < 256)
            {
                bytes.Add((byte)subword);
                return;
            }
            var (left, right) = tokens.Merges[subword - 256];
            Append(left);
            Append(right);
        }
    }
}
