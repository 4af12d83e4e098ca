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

    private static byte[] Edit(byte[] zip, Func<string, bool> which, Func<byte[], byte[]> change)
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
                using var write = archive.CreateEntry(name).Open();
                write.Write(change(content.ToArray()));
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
