using System.Text;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>Templates that were found by fuzzing to break their reader, or what is done with them afterwards.</summary>
[TestClass]
public sealed class HostileTemplateTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow("\"1\"")]
    [DataRow("true")]
    [DataRow("null")]
    [DataRow("1e999")]
    public void Load_FormatVersionThatIsNoNumber_IsAFormatError(string version) =>
        Assert.AreEqual("'prompt.json' is not the template of a packer: it has no formatVersion.", Refusal("\"formatVersion\": 1", $"\"formatVersion\": {version}"));

    [TestMethod]
    public void Load_UserColumnOfHalfACharacter_IsAFormatError() =>
        Assert.StartsWith("'prompt.json' is not the template of a packer: ", Refusal("\"userColumn\": \"UserId\"", "\"userColumn\": \"\\ud800\""));

    [TestMethod]
    public void Load_KeyTwice_IsAFormatError() => Assert.StartsWith(
        "'prompt.json' is not the template of a packer: ", Refusal("\"contextLength\": 3", "\"contextLength\": 3, \"contextLength\": 4"));

    [TestMethod]
    public void Load_EndlessDelay_IsRefused() => Assert.AreEqual(
        "'prompt.json' is corrupt: OutcomeDelayUnits (Infinity) must be a finite number, 0 or more.", Refusal("\"outcomeDelayUnits\": 0", "\"outcomeDelayUnits\": 1e999"));

    [TestMethod]
    public void Load_LongNameWithControlCharacters_IsShownShort() => Assert.AreEqual(
        "'prompt.json' is corrupt: TimeColumnName has a name of 500,000 characters ('" + @"\u001B[31m" + "ttttttttttttttt...'), 1,024 are the most.",
        Refusal("\"timeColumn\": \"Timestamp\"", "\"timeColumn\": \"" + @"\u001b[31m" + new string('t', 499_995) + "\""));

    [TestMethod]
    [DataRow("Numeric")]
    [DataRow("Categorical")]
    public void Load_ManyColumns_IsRefusedInLittleMemory(string role)
    {
        string columns = string.Concat(Enumerable.Range(0, 10_000).Select(i => $$"""{"name":"c{{i}}","role":"{{role}}","separator":null,"size":2147483647},"""));
        long before = GC.GetAllocatedBytesForCurrentThread();

        string message = Refusal("\"prefixColumns\": [", "\"prefixColumns\": [" + columns);

        Assert.IsLessThan(100_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.StartsWith("'prompt.json' is corrupt: 10,00", message);
        Assert.IsLessThan(1000, message.Length);
    }

    [TestMethod]
    public void SaveAgain_ColumnOfTwoBillionValues_TakesNoMemoryForThem()
    {
        var packer = Fit();
        var template = Load(packer, text => Replace(text, "\"separator\": \"|\",\n        \"size\": 0", "\"separator\": \"|\",\n        \"size\": 2147483647"));
        long before = GC.GetAllocatedBytesForCurrentThread();

        PackerFiles.Save(Stream.Null, template, VocabularyOf(packer));

        Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    public void Load_FileOfBeforeWithNumericNames_IsRead() => Assert.AreEqual(
        3, Load(Fit(), text => Replace(text, "\"size\": 0", "\"size\": 0, \"numericNames\": [ \"a\" ]")).ContextLength);

    [TestMethod]
    public void SaveAndLoad_ColumnsOfVariableVectors_PacksAsBefore()
    {
        var view = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 6).Select(i => new ListedInteraction
        {
            Timestamp = i,
            Label = i % 2,
            Genres = i % 2 == 0 ? ["a", "b"] : ["a"],
        }));
        var packer = _mlContext.Transforms.PackPrompts("Prompt", "UserId", "Timestamp", categoricalColumnNames: ["Genres"]).Fit(view);
        using var zip = new MemoryStream();

        _mlContext.Model.Save(packer, null, zip);

        zip.Position = 0;
        var loaded = (PromptPackingTransformer)_mlContext.Model.Load(zip, out _);
        Assert.AreEqual(packer.Measure(view), loaded.Measure(view));
    }

    private string Refusal(string old, string changed) =>
        Assert.ThrowsExactly<ModelFormatException>(() => Load(Fit(), text => Replace(text, old, changed))).Message;

    private static string Replace(string text, string old, string changed)
    {
        Assert.Contains(old, text);
        return text.Replace(old, changed, StringComparison.Ordinal);
    }

    private PromptPackingTransformer Fit() =>
        _mlContext.Transforms.PackPrompts(TestInteraction.AllColumns(contextLength: 3, targetsPerPrompt: 5)).Fit(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 20)));

    private static PromptTemplate Load(PromptPackingTransformer packer, Func<string, string> change)
    {
        string text = InFolder(packer, folder => File.ReadAllText(Path.Combine(folder, PackerFiles.TemplateName)));
        return PackerFiles.Load(new MemoryStream(Encoding.UTF8.GetBytes(change(text.ReplaceLineEndings("\n")))), "prompt.json", VocabularyOf(packer));
    }

    private static Vocabulary VocabularyOf(PromptPackingTransformer packer) => InFolder(packer, folder => PackerFolder.Open(folder, PackerFiles.Read).Vocabulary);

    private static T InFolder<T>(PromptPackingTransformer packer, Func<string, T> read)
    {
        string folder = Directory.CreateTempSubdirectory("dtic").FullName;
        try
        {
            PackerFolder.Write(packer, folder);
            return read(folder);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private sealed class ListedInteraction
    {
        public string UserId { get; set; } = "u";

        public long Timestamp { get; set; }

        public string[] Genres { get; set; } = [];

        public float Label { get; set; }
    }
}
