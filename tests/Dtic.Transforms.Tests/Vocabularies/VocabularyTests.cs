using System.Security.Cryptography;
using System.Text;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class VocabularyTests
{
    [TestMethod]
    public void Categories_UnknownColumn_Throws()
    {
        var error = Assert.ThrowsExactly<KeyNotFoundException>(() => Small().Categories("Price"));

        Assert.AreEqual("The vocabulary has no categorical column 'Price'; it has 'Genres', 'MovieId'.", error.Message);
    }

    [TestMethod]
    public void Numbers_UnknownColumn_Throws()
    {
        var error = Assert.ThrowsExactly<KeyNotFoundException>(() => new VocabularyBuilder(new(0, 1, 1, 1)).Build([], [], hasText: false).Numbers("Price"));

        Assert.AreEqual("The vocabulary has no numeric column 'Price'; it has none.", error.Message);
    }

    [TestMethod]
    [DataRow(-1)]
    [DataRow(1000)]
    public void Describe_NoSuchToken_Throws(int token) => Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => Small().Describe(token));

    [TestMethod]
    public void Save_Vocabulary_WritesAsciiWithoutByteOrderMarkAndHashesIt()
    {
        var vocabulary = Small();

        byte[] bytes = Bytes(vocabulary);

        Assert.AreEqual((byte)'{', bytes[0]);
        Assert.IsTrue(bytes.All(value => value < 128));
        Assert.AreEqual(Convert.ToHexString(SHA256.HashData(bytes)).ToLowerInvariant(), vocabulary.Hash);
    }

    [TestMethod]
    public void Save_WithoutText_WritesTheFormatWordForWord()
    {
        var builder = new VocabularyBuilder(new(0, 1, 1, 2));
        builder.AddCategory("G", "x");
        builder.AddNumber("N", 0.5);
        builder.AddNumber("N", 1);

        const string Expected =
            """{"version":"1.0","truncation":null,"padding":null,"added_tokens":[#0[CLICK]#,#1[NO_CLICK]#,#2[UNKNOWN]#,#3[SUM]#,#4G=\u003Cunknown\u003E#,#5G=x#,#6N=\u003Cmissing\u003E#,#7N in (-Infinity, 0.5]#,#8N in (0.5, Infinity)#]""" +
            ""","normalizer":null,"pre_tokenizer":{"type":"Sequence","pretokenizers":[{"type":"Split","pattern":{"Regex":" ?[\\p{L}\\p{M}]{1,64}| ?\\p{N}{1,4}| ?[^\\s\\p{L}\\p{M}\\p{N}]{1,64}|\\s{1,64}(?!\\S)|\\s{1,64}"},"behavior":"Isolated","invert":false},""" +
            """{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}]},"post_processor":null,"decoder":{"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":false}""" +
            ""","model":{"type":"BPE","dropout":null,"unk_token":null,"continuing_subword_prefix":null,"end_of_word_suffix":null,"fuse_unk":false,"byte_fallback":false,"ignore_merges":false""" +
            ""","vocab":{"[CLICK]":0,"[NO_CLICK]":1,"[UNKNOWN]":2,"[SUM]":3,"G=\u003Cunknown\u003E":4,"G=x":5,"N=\u003Cmissing\u003E":6,"N in (-Infinity, 0.5]":7,"N in (0.5, Infinity)":8},"merges":[]}""" +
            ""","dtic":{"version":1,"columns":[{"name":"G","kind":"category","firstToken":4,"tokenCount":2},{"name":"N","kind":"number","firstToken":6,"tokenCount":3,"edges":[0.5]}],"text":null}}""";
        string actual = Encoding.UTF8.GetString(Bytes(builder.Build(["G"], ["N"], hasText: false)));
        string shortened = System.Text.RegularExpressions.Regex.Replace(
            actual, """\{"id":(\d),"content":"([^"]*)","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true\}""", "#$1$2#");

        Assert.AreEqual(Expected, shortened);
    }

    [TestMethod]
    public void Load_SavedVocabulary_EncodesAlike()
    {
        var saved = Small();

        var loaded = SaveAndLoad(saved);

        Assert.AreEqual(saved.Hash, loaded.Hash);
        Assert.AreEqual(saved.Size, loaded.Size);
        CollectionAssert.AreEqual(Bytes(saved), Bytes(loaded));
        CollectionAssert.AreEqual(saved.Names.ToArray(), loaded.Names.ToArray());
        foreach (string value in new[] { "Drama", "\u4e2d", "<unknown>", "", "?" })
        {
            Assert.AreEqual(saved.Categories("Genres").Encode(value), loaded.Categories("Genres").Encode(value));
        }
        foreach (double value in new[] { double.NaN, -1, 0.1, 0.3, 1e300, double.PositiveInfinity })
        {
            Assert.AreEqual(saved.Numbers("Price").Encode(value), loaded.Numbers("Price").Encode(value));
        }
        List<int> expected = [], actual = [];
        saved.Text.Encode("The Matrix (1999) \U0001F600 thethe", expected);
        loaded.Text.Encode("The Matrix (1999) \U0001F600 thethe", actual);
        CollectionAssert.AreEqual(expected, actual);
    }

    [TestMethod]
    public void Load_IndentedFile_HasTheSameHash()
    {
        var document = System.Text.Json.Nodes.JsonNode.Parse(Bytes(Small()))!;
        byte[] indented = Encoding.UTF8.GetBytes(document.ToJsonString(new() { WriteIndented = true }));

        Assert.AreEqual(Small().Hash, Vocabulary.Load(new MemoryStream(indented), "tokenizer.json").Hash);
    }

    internal static Vocabulary Small()
    {
        var builder = new VocabularyBuilder(new(TextVocabularySize: 270, MinimumCount: 1, MaximumCategories: 10, NumberOfBins: 3));
        foreach (string genre in new[] { "Drama", "Drama", "\u4e2d", "<unknown>", "\\", "a\"b" })
        {
            builder.AddCategory("Genres", genre);
        }
        foreach (double price in new[] { 0.1, 0.2, 0.3, 1e300, -1 })
        {
            builder.AddNumber("Price", price);
        }
        builder.AddText("The Matrix (1999) the the the");
        return builder.Build(["Genres", "MovieId"], ["Price"], hasText: true);
    }

    internal static byte[] Bytes(Vocabulary vocabulary)
    {
        var stream = new MemoryStream();
        vocabulary.Save(stream);
        return stream.ToArray();
    }

    internal static Vocabulary SaveAndLoad(Vocabulary vocabulary) => Vocabulary.Load(new MemoryStream(Bytes(vocabulary)), "tokenizer.json");
}
