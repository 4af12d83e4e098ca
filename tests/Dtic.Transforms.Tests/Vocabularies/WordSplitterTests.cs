using System.Text.RegularExpressions;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class WordSplitterTests
{
    [TestMethod]
    [DataRow("Toy Story (1995)", "Toy| Story| (|1995|)")]
    [DataRow("a  b", "a| | b")]
    [DataRow("a\t b\t\tc ", "a|\t| b|\t|\t|c| ")]
    [DataRow("Schindler's", "Schindler|'|s")]
    [DataRow("123456789", "1234|5678|9")]
    [DataRow("caf\u00e9 e\u0301t", "caf\u00e9| e\u0301t")]
    [DataRow("\U0001F600\U0001F600 x", "\U0001F600\U0001F600| x")]
    [DataRow("", "")]
    public void FirstWordLength_LiteralText_SplitsIntoWords(string text, string expected) => Assert.AreEqual(expected, string.Join('|', Words(text)));

    [TestMethod]
    public void FirstWordLength_RandomText_EqualsThePatternInTheFile()
    {
        var pattern = new Regex(WordSplitter.Pattern, RegexOptions.CultureInvariant);
        for (int seed = 0; seed < 500; seed++)
        {
            // .NET's pattern sees UTF-16 units: compared where each character is one.
            string text = new(RandomText.Next(new Random(seed), 60).Where(letter => !char.IsSurrogate(letter)).ToArray());

            Assert.AreEqual(string.Join('|', pattern.Matches(text).Select(match => match.Value)), string.Join('|', Words(text)), $"seed {seed}");
        }
    }

    [TestMethod]
    public void FirstWordLength_LongRuns_EqualsThePatternInTheFile()
    {
        var pattern = new Regex(WordSplitter.Pattern, RegexOptions.CultureInvariant);
        foreach (string unit in new[] { "x", " ", "\t", "-", "7" })
        {
            for (int length = 60; length < 135; length++)
            {
                string text = string.Concat(Enumerable.Repeat(unit, length)) + " y";

                CollectionAssert.AreEqual(pattern.Matches(text).Select(match => match.Value).ToList(), Words(text), $"{length} times '{unit}'");
            }
        }
    }

    [TestMethod]
    public void FirstWordLength_LongRunOfSurrogatePairs_NeverCutsOne()
    {
        var words = Words(string.Concat(Enumerable.Repeat("\U0001F600", 1000)));

        Assert.HasCount(16, words);
        Assert.IsTrue(words.TrueForAll(word => word.Length % 2 == 0 && word.Length <= 128));
    }

    internal static List<string> Words(string text)
    {
        var words = new List<string>();
        for (int start = 0; start < text.Length; start += words[^1].Length)
        {
            words.Add(text.Substring(start, WordSplitter.FirstWordLength(text.AsSpan(start))));
        }
        return words;
    }
}
