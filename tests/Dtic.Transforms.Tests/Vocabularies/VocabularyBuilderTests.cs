using System.Globalization;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class VocabularyBuilderTests
{
    private static readonly VocabularyOptions Options = new(TextVocabularySize: 300, MinimumCount: 2, MaximumCategories: 3, NumberOfBins: 4);

    [TestMethod]
    public void Build_AllKindsOfColumns_GivesOutIdsInOrder()
    {
        var builder = new VocabularyBuilder(Options);
        foreach (string genre in "Drama Comedy Comedy Drama Drama Horror Action Action".Split(' '))
        {
            builder.AddCategory("Genres", genre);
        }
        builder.AddCategory("Genres", "");
        foreach (double price in new[] { 1, 2, 2, double.NaN, 3 })
        {
            builder.AddNumber("Price", price);
        }
        builder.AddText("aa aa");

        var vocabulary = builder.Build(["MovieId", "Genres"], ["Price", "Year"], hasText: true);

        string[] names =
        [
            "[CLICK]", "[NO_CLICK]", "[UNKNOWN]", "[SUM]", "MovieId=<unknown>", "Genres=<unknown>", "Genres=Drama", "Genres=Action", "Genres=Comedy",
            "Price=<missing>", "Price in (-Infinity, 1]", "Price in (1, 2]", "Price in (2, Infinity)", "Year=<missing>", "Year in (-Infinity, Infinity)",
        ];
        CollectionAssert.AreEqual(names, Enumerable.Range(0, names.Length).Select(vocabulary.Describe).ToArray());
        Assert.AreEqual(names.Length + 256 + 1, vocabulary.Size);
        Assert.AreEqual("a", vocabulary.Describe(names.Length + 'a'));
        Assert.AreEqual("aa", vocabulary.Describe(names.Length + 256));
        Assert.AreEqual("<E2>", vocabulary.Describe(names.Length + 0xE2));

        var genres = vocabulary.Categories("Genres");
        Assert.AreEqual(5, genres.Unknown);
        CollectionAssert.AreEqual(new[] { 6, 8, 7, 5, 5, 5 }, new[] { "Drama", "Comedy", "Action", "Horror", "drama", "" }.Select(value => genres.Encode(value)).ToArray());
        Assert.AreEqual(4, vocabulary.Categories("MovieId").Encode("318"));
        Assert.AreEqual(9, vocabulary.Numbers("Price").Missing);
        Assert.AreEqual(12, vocabulary.Numbers("Price").Encode(7));
    }

    [TestMethod]
    public void Build_MoreValuesThanAllowed_KeepsTheMostFrequentTiesOrdinal()
    {
        var builder = new VocabularyBuilder(Options);
        foreach (string value in "b b b a a Z Z c c \u00e9 \u00e9".Split(' '))
        {
            builder.AddCategory("Item", value);
        }

        CollectionAssert.AreEqual(new[] { "b", "Z", "a" }, builder.Build(["Item"], [], hasText: false).Categories("Item").Values.ToArray());
    }

    [TestMethod]
    public void Build_ValuesOfAnyLength_LoadAgainAsTheyWere()
    {
        var builder = new VocabularyBuilder(Options);
        string longest = new('\u4e2d', 65_536), longer = longest + "x";
        foreach (string value in new[] { longest, longest, longer, longer })
        {
            builder.AddCategory(new string('=', 1024), value);
        }

        var loaded = VocabularyTests.SaveAndLoad(builder.Build([new string('=', 1024)], [], hasText: false)).CategoricalColumns.Single();

        Assert.AreEqual(loaded.Unknown + 1, loaded.Encode(longest));
        Assert.AreEqual(loaded.Unknown, loaded.Encode(longer));
    }

    [TestMethod]
    public void Build_NoText_HasNoSubwords()
    {
        var vocabulary = new VocabularyBuilder(Options).Build([], [], hasText: false);

        Assert.AreEqual(SpecialToken.Count, vocabulary.Size);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => vocabulary.Text);
        Assert.AreEqual("The vocabulary was learned without text columns: it has no subwords.", error.Message);
    }

    [TestMethod]
    public void Build_UnpairedSurrogateInValue_StandsForTheReplacementCharacter()
    {
        var builder = new VocabularyBuilder(Options);
        builder.AddCategory("Item", "x\uD800");
        builder.AddCategory("Item", "x\uDC00");

        var item = builder.Build(["Item"], [], hasText: false).Categories("Item");

        CollectionAssert.AreEqual(new[] { "x\uFFFD" }, item.Values.ToArray());
        Assert.AreEqual(item.Unknown + 1, item.Encode("x\uD800"));
        Assert.AreEqual(item.Unknown + 1, item.Encode("x\uFFFD"));
        Assert.AreEqual(item.Unknown, item.Encode("y\uD800"));
    }

    [TestMethod]
    public void Build_ColumnTwice_Throws()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new VocabularyBuilder(Options).Build(["A", "A"], [], hasText: false));

        Assert.AreEqual("Column 'A' is named twice. (Parameter 'categoricalColumns')", error.Message);
    }

    [TestMethod]
    public void Build_ColumnNameWithUnpairedSurrogate_Throws()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => new VocabularyBuilder(Options).Build([], ["A\uD800"], hasText: false));

        Assert.AreEqual("Column 'A\uFFFD' has an unpaired surrogate in its name and cannot be saved. Rename it. (Parameter 'numericColumns')", error.Message);
    }

    [TestMethod]
    public void Build_NamesThatLookAlike_StayApart()
    {
        var builder = new VocabularyBuilder(Options with { MaximumCategories = 100 });
        string[] columns = ["A", "A=B", "A\\", "A\\=B", "A in (1, 2]", "", "=", "=="], values = ["B=C", "C", "<unknown>", "\\<unknown>", "\\", "<missing>", "=", "=="];
        for (int i = 0; i < 2; i++)
        {
            foreach (string column in columns)
            {
                foreach (string value in values)
                {
                    builder.AddCategory(column, value);
                    builder.AddText(value + " = == === ==== \\= \\==");
                }
                builder.AddNumber(column, i + 1);
            }
        }

        var vocabulary = builder.Build(columns, columns, hasText: true);

        Assert.HasCount(vocabulary.Size, vocabulary.Names.ToHashSet(StringComparer.Ordinal));
        Assert.AreEqual(vocabulary.Hash, VocabularyTests.SaveAndLoad(vocabulary).Hash);
    }

    [TestMethod]
    public void Build_OtherOrderOfRowsAndOtherCulture_WritesTheSameBytes()
    {
        var random = new Random(7);
        var rows = Enumerable.Range(0, 500).Select(_ => (Item: $"i{random.Next(50)}", Price: Math.Round(random.NextDouble(), 2), Title: RandomText.Next(random, 8))).ToArray();
        byte[] expected = VocabularyTests.Bytes(Learn(rows));
        random.Shuffle(rows);
        var culture = CultureInfo.CurrentCulture;
        try
        {
            CultureInfo.CurrentCulture = new CultureInfo("") { NumberFormat = { NumberDecimalSeparator = ",", NegativeSign = "~" } };

            CollectionAssert.AreEqual(expected, VocabularyTests.Bytes(Learn(rows)));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }

    private static Vocabulary Learn(IEnumerable<(string Item, double Price, string Title)> rows)
    {
        var builder = new VocabularyBuilder(Options with { MaximumCategories = 30 });
        foreach (var (item, price, title) in rows)
        {
            builder.AddCategory("Item", item);
            builder.AddNumber("Price", price);
            builder.AddText(title);
        }
        return builder.Build(["Item"], ["Price"], hasText: true);
    }
}
