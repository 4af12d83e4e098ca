using System.Text;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class TokenizerJsonReaderTests
{
    private static readonly string Good = Encoding.UTF8.GetString(VocabularyTests.Bytes(VocabularyTests.Small()));

    [TestMethod]
    [DataRow("\"dtic\":", "\"other\":", "'a.json' lacks the property 'dtic'.")]
    [DataRow("\"dtic\":{\"version\":1", "\"dtic\":{\"version\":2", "'a.json' has format version 2, expected 1. Update the package if the file is newer.")]
    [DataRow("\"dtic\":{\"version\":1", "\"dtic\":{\"version\":1e99", "'a.json' has 'version' = 1e99, expected a 32-bit integer.")]
    [DataRow("\"tokenCount\":6", "\"tokenCount\":2000000000", "'a.json' gives column 'Genres' 2000000000 tokens, but has 11 added tokens left for it.")]
    [DataRow("\"tokenCount\":6", "\"tokenCount\":0", "'a.json' gives column 'Genres' 0 tokens, but has 11 added tokens left for it.")]
    [DataRow("\"firstToken\":4", "\"firstToken\":5", "'a.json' contradicts itself: 'dtic' is not what the columns, values, edges and merges in the file make it.")]
    [DataRow("\"Genres=Drama\",", "\"Genre=Drama\",", "'a.json' has the added token 'Genre=Drama' among those of column 'Genres', expected 'Genres=' and a value, each once.")]
    [DataRow("\"Genres=Drama\",", "\"Genres=\\\\\\\\\",", "'a.json' has the added token 'Genres=\\\\' twice.")]
    [DataRow("\"Genres=Drama\",", "\"Genres=\",", "'a.json' has the added token 'Genres=' among those of column 'Genres', expected 'Genres=' and a value, each once.")]
    [DataRow("\"Genres=Drama\",", "\"Genres=Comedy\",", "'a.json' contradicts itself: 'model' is not what the columns, values, edges and merges in the file make it.")]
    [DataRow("\"Genres=Drama\",", "17,", "'a.json' has 'content' of kind Number, expected String.")]
    [DataRow("{\"id\":6,", "{\"id\":5,", "'a.json' contradicts itself: 'added_tokens' is not what the columns, values, edges and merges in the file make it.")]
    [DataRow("{\"id\":6,", "{", "'a.json' contradicts itself: 'added_tokens' is not what the columns, values, edges and merges in the file make it.")]
    [DataRow("\"Genres=Drama\":5", "\"Genres=Drama\":50000", "'a.json' contradicts itself: 'model' is not what the columns, values, edges and merges in the file make it.")]
    [DataRow("\"Genres=Drama\":5,", "", "'a.json' contradicts itself: 'model' is not what the columns, values, edges and merges in the file make it.")]
    [DataRow("\"edges\":[0.1,", "\"edges\":[1e999,", "'a.json' has the bin edge 1e999 in column 'Price', expected finite ascending numbers.")]
    [DataRow("\"edges\":[0.1,", "\"edges\":[0.4,", "'a.json' has the bin edge 0.3 in column 'Price', expected finite ascending numbers.")]
    [DataRow("\"edges\":[0.1,", "\"edges\":[\"NaN\",", "'a.json' has the bin edge NaN in column 'Price', expected finite ascending numbers.")]
    [DataRow("\"merges\":[\"", "\"merges\":[\"x qq\",\"", "'a.json' has the merge x qq at position 0, expected two earlier subwords that make a new one of at most 260 letters.")]
    [DataRow("\"merges\":[\"", "\"merges\":[\"nothing\",\"", "'a.json' has the merge nothing at position 0, expected two earlier subwords that make a new one of at most 260 letters.")]
    [DataRow("\"merges\":[\"", "\"merges\":[[1],\"", "'a.json' has the merge [ at position 0, expected two earlier subwords that make a new one of at most 260 letters.")]
    [DataRow("\"merges\":[\"", "\"merges\":[\"a b\",\"", "'a.json' contradicts itself: 'model' is not what the columns, values, edges and merges in the file make it.")]
    [DataRow("\"kind\":\"number\"", "\"kind\":\"colour\"", "'a.json' has a column 'Price' of kind 'colour', expected each name once, those of kind 'category' first and those of kind 'number' behind them.")]
    [DataRow("\"name\":\"MovieId\"", "\"name\":\"Genres\"", "'a.json' has a column 'Genres' of kind 'category', expected each name once, those of kind 'category' first and those of kind 'number' behind them.")]
    [DataRow("\"padding\":null,", "", "'a.json' has added_tokens where padding is expected.")]
    [DataRow("\"padding\":null,", "\"padding\":null,\"filling\":1,", "'a.json' has filling where added_tokens is expected.")]
    public void Read_ChangedFile_ThrowsWhatIsWrong(string good, string bad, string message)
    {
        Assert.Contains(good, Good);
        int at = Good.IndexOf(good, StringComparison.Ordinal);

        var error = Assert.ThrowsExactly<ModelFormatException>(() => Load(Encoding.UTF8.GetBytes(Good[..at] + bad + Good[(at + good.Length)..])));

        Assert.AreEqual(message, error.Message);
    }

    [TestMethod]
    [DataRow("", DisplayName = "empty")]
    [DataRow("null", DisplayName = "null")]
    [DataRow("[]", DisplayName = "array")]
    [DataRow("{}", DisplayName = "empty object")]
    [DataRow("{\"dtic\":{\"version\":1},\"dtic\":{\"version\":1}}", DisplayName = "property twice")]
    [DataRow("{\"dtic\":{\"version\":1,\"columns\":[],\"text\":null},\"added_tokens\":[]}", DisplayName = "no special tokens")]
    [DataRow("{\"dtic\":{\"version\":1,\"columns\":[4],\"text\":null},\"added_tokens\":[{\"content\":\"a\"},{\"content\":\"a\"},{\"content\":\"a\"},{\"content\":\"a\"}]}", DisplayName = "column is a number")]
    [DataRow("{\"dtic\":{\"version\":1,\"columns\":[],\"text\":null},\"added_tokens\":[{\"content\":\"\\uD800\"}]}", DisplayName = "unpaired surrogate")]
    [DataRow("{\"\\uD800\":{},\"\\uD800\":{}}", DisplayName = "unpaired surrogate in a name")]
    public void Read_ForeignFile_Throws(string text) => Assert.ThrowsExactly<ModelFormatException>(() => Load(Encoding.UTF8.GetBytes(text)));

    [TestMethod]
    public void Read_DeepFile_Throws()
    {
        var error = Assert.ThrowsExactly<ModelFormatException>(() => Load(Encoding.UTF8.GetBytes(new string('[', 1_000_000))));

        Assert.StartsWith("'a.json' is not a vocabulary: ", error.Message);
    }

    [TestMethod]
    public void Read_MergesThatDoubleEachTime_ThrowsBeforeTheyFillTheMemory()
    {
        var merges = new StringBuilder("\"a a\"");
        for (int i = 1; i < 24; i++)
        {
            string half = new('a', 1 << Math.Min(i, 20));
            merges.Append(",\"").Append(half).Append(' ').Append(half).Append('"');
        }
        string bad = Good.Replace("\"merges\":[", "\"merges\":[" + merges + ",", StringComparison.Ordinal);

        Assert.ThrowsExactly<ModelFormatException>(() => Load(Encoding.UTF8.GetBytes(bad)));
    }

    [TestMethod]
    [DataRow("", " ", "", DisplayName = "blanks")]
    [DataRow("{\"a\":[0", ",0", "]}", DisplayName = "numbers nobody asked for")]
    [DataRow("{\"a\":\"", "aaaaaaaaaa", "\"}", DisplayName = "a long text")]
    [DataRow("{\"added_tokens\":[{\"content\":\"", "aaaaaaaaaa", "\"}]}", DisplayName = "a long token")]
    [DataRow("{\"added_tokens\":[{\"content\":\"a\"}", ",{\"content\":\"a\"}", "]}", DisplayName = "the same token again and again")]
    [DataRow("{\"model\":{\"merges\":[\"a a\"", ",\"a a\"", "]}}", DisplayName = "the same merge again and again")]
    [DataRow("{\"dtic\":{\"columns\":[{\"edges\":[0", ",0", "]}]}}", DisplayName = "the same edge again and again")]
    [DataRow("{\"model\":", "[", "", DisplayName = "deep")]
    public void Read_FileThatIsOneLongRepetition_TakesNoMemoryForIt(string begin, string repeated, string end)
    {
        using var file = new RepeatingStream(begin, repeated, end, length: 50_000_000);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<ModelFormatException>(() => Vocabulary.Load(file, "a.json"));

        Assert.IsLessThan(10_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.IsLessThan(400, error.Message.Length);
    }

    [TestMethod]
    public void Read_FileLongerThanAnyVocabulary_IsRefusedUnread()
    {
        using var file = new RepeatingStream("", " ", "", length: (1L << 29) + 1);

        Assert.AreEqual("'a.json' is longer than a vocabulary can be (536,870,912 bytes).", Assert.ThrowsExactly<ModelFormatException>(() => Vocabulary.Load(file, "a.json")).Message);
        Assert.AreEqual(0, file.Position);
    }

    [TestMethod]
    public void Read_TruncatedFile_Throws()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(Good);
        for (int length = 0; length < bytes.Length; length += 13)
        {
            Assert.ThrowsExactly<ModelFormatException>(() => Load(bytes[..length]), $"{length} bytes");
        }
    }

    [TestMethod]
    public void Read_RandomlyDamagedFile_ThrowsOrIsTheSameVocabulary()
    {
        byte[] good = Encoding.UTF8.GetBytes(Good);
        string hash = VocabularyTests.Small().Hash;
        int refused = 0;
        for (int seed = 0; seed < 2000; seed++)
        {
            var random = new Random(seed);
            byte[] bad = [.. good];
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                bad[random.Next(bad.Length)] = (byte)(random.Next(3) == 0 ? random.Next(256) : "0123456789\"\\{}[],:-e u"[random.Next(22)]);
            }
            try
            {
                // What survives is a vocabulary by its own right: it says the same when it is saved and loaded again.
                var loaded = Load(bad);
                Assert.AreEqual(loaded.Hash, VocabularyTests.SaveAndLoad(loaded).Hash, $"seed {seed}");
                Assert.AreEqual(VocabularyTests.Small().Size, loaded.Size, $"seed {seed}");
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }
        Assert.IsGreaterThan(1900, refused);
        Assert.AreEqual(hash, Load(good).Hash);
    }

    private static Vocabulary Load(byte[] bytes) => Vocabulary.Load(new MemoryStream(bytes), "a.json");
}
