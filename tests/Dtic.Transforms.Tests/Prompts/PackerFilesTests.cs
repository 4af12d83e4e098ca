using System.IO.Compression;
using System.Text;
using Microsoft.ML;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class PackerFilesTests
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly string _folder = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [TestCleanup]
    public void DeleteFolder()
    {
        if (Directory.Exists(_folder))
        {
            Directory.Delete(_folder, recursive: true);
        }
    }

    [TestMethod]
    public void Load_FromZip_PacksAsBefore()
    {
        var rows = TestInteraction.Random(new Random(1), 100);
        var (packer, view) = Fit(rows);
        var loaded = _mlContext.Model.Load(new MemoryStream(Zip(packer)), out var schema);
        Assert.AreEqual(view.Schema.Count, schema.Count);
        AssertSame(packer, (PromptPackingTransformer)loaded, view);
    }

    [TestMethod]
    public void ReadFiles_OfAFolder_PackAsBefore()
    {
        var (packer, view) = Fit(TestInteraction.Random(new Random(2), 100));
        PackerFolder.Write(packer, _folder);
        AssertSame(packer, PackerFolder.Read(_mlContext, _folder), view);
    }

    [TestMethod]
    [DataRow("\"formatVersion\": 1", "\"formatVersion\": 2", "'prompt.json' has format version 2, but this library reads version 1.")]
    [DataRow("\"formatVersion\": 1", "\"otherVersion\": 1", "'prompt.json' is not the template of a packer: it has no formatVersion.")]
    [DataRow("\"contextLength\": 3", "\"contextLength\": -3", "'prompt.json' is corrupt: ContextLength (-3) must be 0 or more.")]
    [DataRow("\"name\": \"Price\"", "\"name\": \"Weight\"", "'prompt.json' is corrupt: The vocabulary has no tokens for column 'Weight'.")]
    [DataRow("\"outcomeOrder\": \"StrictTime\"", "\"outcomeOrder\": 7", "'prompt.json' is corrupt: OutcomeOrder (7) must be StrictTime or RowOrder.")]
    [DataRow("\"prefixColumns\": [", "\"prefixColumns\": [ null,", "'prompt.json' is corrupt: A column is null.")]
    public void Load_ChangedTemplate_SaysWhatIsWrong(string old, string changed, string message)
    {
        var packer = Fit(TestInteraction.Random(new Random(6), 20)).Packer;
        byte[] zip = Edit(Zip(packer), "prompt.json", text =>
        {
            Assert.Contains(old, text);
            return text.Replace(old, changed, StringComparison.Ordinal);
        });
        Assert.AreEqual(message, LoadError(zip).Message);
    }

    [TestMethod]
    public void Load_VocabularyOfAnotherPacker_IsRefused()
    {
        var (first, second) = (Fit(TestInteraction.Random(new Random(7), 20)).Packer, Fit(TestInteraction.Random(new Random(8), 20)).Packer);
        string other = "";
        Edit(Zip(second), "tokenizer.json", text => other = text);
        byte[] zip = Edit(Zip(first), "tokenizer.json", _ => other);
        Assert.AreEqual(
            $"'prompt.json' was saved with vocabulary {first.VocabularyHash}, but 'tokenizer.json' beside it holds vocabulary {second.VocabularyHash}.", LoadError(zip).Message);
    }

    [TestMethod]
    public void Load_TemplateCutAnywhere_IsAFormatError()
    {
        var packer = Fit(TestInteraction.Random(new Random(9), 20)).Packer;
        PackerFolder.Write(packer, _folder);
        string path = Path.Combine(_folder, "prompt.json");
        byte[] whole = File.ReadAllBytes(path);
        for (int length = 7; length < whole.Length; length += 7)
        {
            File.WriteAllBytes(path, whole[..length]);
            var error = Assert.ThrowsExactly<ModelFormatException>(() => PackerFolder.Read(_mlContext, _folder));
            Assert.StartsWith($"'{path}' is not the template of a packer: ", error.Message);
        }
    }

    [TestMethod]
    [DataRow("null")]
    [DataRow("[]")]
    [DataRow("{\"formatVersion\":1}")]
    [DataRow("{\"formatVersion\":1,\"vocabularyHash\":null,\"template\":null}")]
    [DataRow("{\"formatVersion\":1,\"vocabularyHash\":\"\",\"template\":{}}")]
    public void Load_OtherJson_IsAFormatError(string json)
    {
        var packer = Fit(TestInteraction.Random(new Random(9), 20)).Packer;
        PackerFolder.Write(packer, _folder);
        File.WriteAllText(Path.Combine(_folder, "prompt.json"), json);
        Assert.ThrowsExactly<ModelFormatException>(() => PackerFolder.Read(_mlContext, _folder));
    }

    [TestMethod]
    [DataRow("prompt.json", "'prompt.json' is longer than the template of a packer can be (1,048,576 bytes).")]
    [DataRow("tokenizer.json", "'tokenizer.json' is not a vocabulary: ")]
    public void Load_ZipOfBlanks_TakesNoMemoryForThem(string name, string message)
    {
        byte[] zip = Edit(Zip(Fit(TestInteraction.Random(new Random(10), 20)).Packer), name, text => new string(' ', 100_000_000));
        Assert.IsLessThan(2_000_000, zip.Length);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = LoadError(zip);

        Assert.IsLessThan(20_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
        Assert.StartsWith(message, error.Message);
    }

    [TestMethod]
    public void Load_ZipWithoutTemplate_NamesTheFile()
    {
        byte[] zip = Edit(Zip(Fit(TestInteraction.Random(new Random(10), 20)).Packer), "prompt.json", _ => null);
        Assert.AreEqual("The saved model lacks 'prompt.json'.", LoadError(zip).Message);
    }

    private (PromptPackingTransformer Packer, IDataView View) Fit(TestInteraction[] rows)
    {
        var view = TestInteraction.View(_mlContext, rows);
        return (_mlContext.Transforms.PackPrompts(TestInteraction.AllColumns(contextLength: 3, targetsPerPrompt: 5)).Fit(view), view);
    }

    private byte[] Zip(PromptPackingTransformer packer)
    {
        var stream = new MemoryStream();
        _mlContext.Model.Save(packer, TestInteraction.View(_mlContext, []).Schema, stream);
        return stream.ToArray();
    }

    /// <summary>Changes the text of one entry; null removes it.</summary>
    private static byte[] Edit(byte[] zip, string name, Func<string, string?> change)
    {
        var stream = new MemoryStream();
        stream.Write(zip);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            var entry = archive.Entries.Single(entry => entry.Name == name);
            string text;
            using (var reader = new StreamReader(entry.Open()))
            {
                text = reader.ReadToEnd();
            }

            string path = entry.FullName;
            entry.Delete();
            if (change(text) is { } changed)
            {
                using var writer = archive.CreateEntry(path).Open();
                writer.Write(Encoding.UTF8.GetBytes(changed));
            }
        }

        return stream.ToArray();
    }

    private ModelFormatException LoadError(byte[] zip)
    {
        // ML.NET wraps what a loader throws.
        Exception? error = Assert.Throws<Exception>(() => _mlContext.Model.Load(new MemoryStream(zip), out _));
        while (error is not (null or ModelFormatException))
        {
            error = error.InnerException;
        }

        return (ModelFormatException)error!;
    }

    private static void AssertSame(PromptPackingTransformer expected, PromptPackingTransformer actual, IDataView view)
    {
        Assert.AreEqual(
            (expected.VocabularyHash, expected.VocabularySize, expected.ContextLength, expected.TargetsPerPrompt),
            (actual.VocabularyHash, actual.VocabularySize, actual.ContextLength, actual.TargetsPerPrompt));
        CollectionAssert.AreEqual(
            PromptRow.ReadAll(expected.Transform(view)).Select(row => row.Key).ToArray(), PromptRow.ReadAll(actual.Transform(view)).Select(row => row.Key).ToArray());
    }
}
