using System.IO.Compression;
using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms;
using Microsoft.ML;

namespace Dtic.MLNet.Tests;

/// <summary>Saved models that are sound to look at, and what they must not do.</summary>
[TestClass]
public sealed class HostileModelTests
{
    [TestMethod]
    [DataRow(1e38f)]
    [DataRow(-1e38f)]
    public void Score_WeightsThatOverflow_ThrowsInsteadOfNaN(float size)
    {
        var configuration = TestModels.Configuration();
        using var file = new MemoryStream();
        Safetensors.Write(file, [.. configuration.Weights().Select(weight => (weight.Name, weight.Shape, Enumerable.Repeat(size, (int)weight.Shape.Aggregate(1L, (a, b) => a * b)).ToArray()))]);
        file.Position = 0;
        using var scorer = Scorers.Create(ModelWeights.Load(file, configuration, "model.safetensors"));

        var exception = Assert.Throws<InvalidOperationException>(() => Scorers.Read<float>(scorer.Transform(TrainingData.View()), "Score"));

        Assert.EndsWith("A score must be a finite number.", exception.Message);
    }

    [TestMethod]
    public void Load_ZipOfAnotherKindOfModel_IsAFormatError()
    {
        byte[] zip = Saved();
        byte[] changed = Edit(zip, name => name.EndsWith("Model.key", StringComparison.Ordinal), content => Replace(content, "DTICCLIK"u8, "DTICCLOK"u8));

        var exception = Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(changed), out _));

        var own = Own(exception);
        Assert.IsNotNull(own);
        Assert.StartsWith("The saved model's header is corrupt or of a newer version: ", own.Message);
    }

    [TestMethod]
    [DataRow("prompt.json")]
    [DataRow("tokenizer.json")]
    [DataRow("config.json")]
    [DataRow("model.safetensors")]
    [DataRow("training.json")]
    public void Load_ZipWithADamagedFile_SaysSoInTheInnermostException(string name)
    {
        var changes = new (string What, Func<byte[], byte[]?> Change)[]
        {
            ("nothing", _ => []),
            ("half", content => content[..(content.Length / 2)]),
            ("noise", content => { new Random(1).NextBytes(content); return content; }),
            ("blanks", _ => Enumerable.Repeat((byte)' ', 2_000_000).ToArray()),
        };
        foreach (var (what, change) in changes)
        {
            AssertRefused(what, Edit(Saved(), entry => entry.EndsWith("/" + name, StringComparison.Ordinal), change));
        }

        if (name != "training.json") AssertRefused("missing", Edit(Saved(), entry => entry.EndsWith("/" + name, StringComparison.Ordinal), _ => null));
        byte[] damaged = Saved();
        int at = damaged.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes("/" + name)) + name.Length + 1;
        damaged.AsSpan(at, 8).Fill(0xFF);   // the compressed data
        AssertRefused("damaged", damaged);

        void AssertRefused(string what, byte[] zip)
        {
            var exception = Assert.Throws<Exception>(() => new MLContext().Model.Load(new MemoryStream(zip), out _));
            var innermost = Assert.IsInstanceOfType<ModelFormatException>(exception.GetBaseException(), what);
            Assert.Contains($"'{name}'", innermost.Message, what);
        }
    }

    [TestMethod]
    public void Load_WeightsWithAHeaderOfMegabytes_IsRefusedInLittleMemory()
    {
        var configuration = TestModels.Configuration();
        byte[] file = [.. BitConverter.GetBytes(90_000_000L), .. Enumerable.Repeat((byte)' ', 90_000_000)];
        long before = GC.GetAllocatedBytesForCurrentThread();

        var exception = Assert.ThrowsExactly<ModelFormatException>(() => ModelWeights.Load(new MemoryStream(file), configuration, "model.safetensors"));

        Assert.AreEqual("'model.safetensors' is not a safetensors file: its header would be 90000000 bytes long.", exception.Message);
        Assert.IsLessThan(1_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [Timeout(60_000)]
    [DataRow("config.json")]
    [DataRow("model.safetensors")]
    [DataRow("training.json")]
    [DataRow("prompt.json")]
    [DataRow("tokenizer.json")]
    public void LoadFromFolder_PipeInPlaceOfAFile_IsRefused(string name)
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(ClickPipeline.Model(ContextAttention.Isolated), folder["model"]);
        string path = Path.Combine(folder["model"], name);
        File.Delete(path);
        using (var shell = System.Diagnostics.Process.Start("mkfifo", path)) shell.WaitForExit();

        var exception = Assert.ThrowsExactly<ModelFormatException>(() => new MLContext().Model.LoadFromFolder(folder["model"]));

        Assert.AreEqual($"'{path}' is no file with content: it is empty, or a folder, a pipe or a device.", exception.Message);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void LoadFromFolder_LinksToTheFiles_AreFollowed()
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(ClickPipeline.Model(ContextAttention.Isolated), folder["model"]);
        Directory.CreateDirectory(folder["links"]);
        foreach (string file in Directory.GetFiles(folder["model"])) File.CreateSymbolicLink(Path.Combine(folder["links"], Path.GetFileName(file)), file);

        using var loaded = new MLContext().Model.LoadFromFolder(folder["links"]);

        Assert.AreEqual(ClickPipeline.Model(ContextAttention.Isolated).LastTransformer.Model.VocabularyHash, loaded.LastTransformer.Model.VocabularyHash);
    }

    [TestMethod]
    public void Load_ZipWithPathsOutOfTheFolder_WritesNothingThere()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["a"]);
        using var stream = new MemoryStream();
        stream.Write(Saved());
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            foreach (string name in new[] { "../evil", "../../evil", folder["evil"], "TransformerChain/../../evil" })
            {
                using var entry = new StreamWriter(archive.CreateEntry(name).Open());
                entry.Write("evil");
            }
        }

        stream.Position = 0;
        ((IDisposable)new MLContext { TempFilePath = folder["a"] }.Model.Load(stream, out _)).Dispose();

        CollectionAssert.AreEqual(new[] { "a" }, folder.Names);
        Assert.IsFalse(File.Exists(Path.Combine(Path.GetTempPath(), "evil")));
    }

    private static ModelFormatException? Own(Exception? exception) => exception is null or ModelFormatException ? (ModelFormatException?)exception : Own(exception.InnerException);

    private static byte[] Saved()
    {
        using var stream = new MemoryStream();
        new MLContext().Model.Save(ClickPipeline.Model(ContextAttention.Isolated), null, stream);
        return stream.ToArray();
    }

    private static byte[] Edit(byte[] zip, Func<string, bool> which, Func<byte[], byte[]?> change)
    {
        using var stream = new MemoryStream();
        stream.Write(zip);
        using (var archive = new ZipArchive(stream, ZipArchiveMode.Update, leaveOpen: true))
        {
            foreach (var entry in archive.Entries.Where(entry => which(entry.FullName)).ToArray())
            {
                using var content = new MemoryStream();
                using (var read = entry.Open()) read.CopyTo(content);
                string name = entry.FullName;
                entry.Delete();
                if (change(content.ToArray()) is not { } changed) continue;
                using var write = archive.CreateEntry(name).Open();
                write.Write(changed);
            }
        }
        return stream.ToArray();
    }

    private static byte[] Replace(byte[] bytes, ReadOnlySpan<byte> old, ReadOnlySpan<byte> changed)
    {
        for (int at; (at = bytes.AsSpan().IndexOf(old)) >= 0;) changed.CopyTo(bytes.AsSpan(at));
        return bytes;
    }
}
