using System.IO.Compression;
using System.Reflection;
using System.Text;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.MLNet.Tests.Model;
using Dtic.Transforms;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Scoring;

[TestClass]
public sealed class SavedScorerTests
{
    private static readonly ModelWeights Weights = TestModels.Weights(TestModels.Configuration(attention: ContextAttention.Windowed));

    [TestMethod]
    [DataRow(null)]
    [DataRow(ScoringMode.Packed)]
    [DataRow(ScoringMode.OneAtATime)]
    public void SaveAndLoad_Stream_KeepsScoresAndSettings(ScoringMode? mode)
    {
        using var transformer = Create(mode);

        using var loaded = Load(Save(transformer));

        Assert.AreEqual(("Clicked", "Packed", transformer.ScoringMode), (loaded.LabelColumnName, loaded.PromptColumnName, loaded.ScoringMode));
        foreach (string name in transformer.Model.WeightNames)
        {
            Assert.IsTrue(transformer.Model.GetWeight(name).SequenceEqual(loaded.Model.GetWeight(name)), name);
        }
    }

    [TestMethod]
    public void SaveAndLoad_File_GivesEqualScores()
    {
        string path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.zip");
        try
        {
            var context = new MLContext(seed: 1);
            var view = PromptView.Of(new RandomPrompts(3).Batch(20), Weights.Configuration);
            using var transformer = Scorers.Create(Weights, tokensPerPass: DticPredictionTransformer.DefaultMaximumTokensPerPass, threads: Environment.ProcessorCount);
            context.Model.Save(transformer, view.Schema, path);

            var loaded = new MLContext().Model.Load(path, out var schema);

            Assert.AreEqual(view.Schema.Count, schema.Count);
            Closeness.AssertClose(
                Scorers.Read<float>(transformer.Transform(view), "Score"), Scorers.Read<float>(loaded.Transform(view), "Score"), 0);
            (loaded as IDisposable)?.Dispose();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [TestMethod]
    public void FilesAndReadFiles_Folder_KeepScoresAndSettings()
    {
        using var folder = new TemporaryFolder();
        using var transformer = Create(ScoringMode.Packed);
        ScorerFolder.Write(transformer, folder.Path);

        using var loaded = ScorerFolder.Read(folder.Path);

        CollectionAssert.AreEqual(new[] { "config.json", "model.safetensors" }, folder.Names);
        Assert.AreEqual(("Clicked", "Packed", ScoringMode.Packed), (loaded.LabelColumnName, loaded.PromptColumnName, loaded.ScoringMode));
        Assert.IsTrue(transformer.Model.GetWeight("score.weight").SequenceEqual(loaded.Model.GetWeight("score.weight")));
    }

    [TestMethod]
    public void Load_TruncatedWeights_SaysSo() =>
        AssertRefused("'model.safetensors' is truncated.", "model.safetensors", bytes => bytes[..^4]);

    [TestMethod]
    public void Load_TensorOfAnotherShape_NamesIt() => AssertRefused(
        "'model.safetensors': tensor 'score.weight' has shape [16, 1], expected [1, 16].", "model.safetensors",
        bytes => Replace(bytes, "\"score.weight\":{\"dtype\":\"F32\",\"shape\":[1,16]", "\"score.weight\":{\"dtype\":\"F32\",\"shape\":[16,1]"));

    [TestMethod]
    public void Load_WithoutWeights_SaysWhatIsMissing() => AssertRefused("The saved model lacks 'model.safetensors'.", "model.safetensors", _ => null);

    [TestMethod]
    public void Load_WithoutConfiguration_SaysWhatIsMissing() => AssertRefused("The saved model lacks 'config.json'.", "config.json", _ => null);

    [TestMethod]
    public void Load_ConfigurationOfAnotherVocabulary_NamesBoth() => AssertRefused(
        "'config.json' names vocabulary ffff, but the model was saved with 0f1e.", "config.json", bytes => Replace(bytes, "\"0f1e\"", "\"ffff\""));

    [TestMethod]
    public void Load_UnknownScoringMode_NamesThose() => AssertRefused(
        "'config.json': scoring_mode is \"Sideways\", expected null or one of OneAtATime, Packed.", "config.json",
        bytes => Replace(bytes, "\"scoring_mode\": null", "\"scoring_mode\": \"Sideways\""));

    [TestMethod]
    public void Load_NoPromptColumn_SaysSo() => AssertRefused(
        "'config.json': prompt_column is missing or is not the name of a column.", "config.json", bytes => Replace(bytes, "\"Packed\"", "7"));

    [TestMethod]
    public void Load_ConfigurationOfMegabytes_IsRefused() => AssertRefused(
        "'config.json' is longer than a configuration can be (1,048,576 bytes).", "config.json", bytes => [.. bytes, .. new byte[1 << 20]]);

    [TestMethod]
    public void Load_UnknownKeyOfOurs_IsRefused() => AssertRefused(
        "'config.json': dtic has the key 'temperature', which this version of Dtic does not know. Update the package if the file is newer.", "config.json",
        bytes => Replace(bytes, "\"scoring_mode\": null", "\"scoring_mode\": null, \"temperature\": 2"));

    [TestMethod]
    public void Load_NoScoringMode_SaysSo() => AssertRefused(
        "'config.json' lacks the key 'scoring_mode'.", "config.json", bytes => Replace(bytes, "\"scoring_mode\": null,", ""));

    [TestMethod]
    public void Load_ConfigurationWithByteOrderMark_IsRead()
    {
        byte[] configuration = Written(stream => new ScorerSettings("Clicked", "Packed", null).Save(stream, Weights.Configuration));

        Assert.AreEqual(Weights.Configuration, ScorerSettings.Load(new MemoryStream([.. Encoding.UTF8.Preamble, .. configuration]), "config.json").Configuration);
    }

    [TestMethod]
    public void Load_AnyBitOfTheFilesChanged_ReadsThemWholeOrSaysWhatIsWrong()
    {
        byte[] configuration = Written(stream => new ScorerSettings("Clicked", "Packed", ScoringMode.Packed).Save(stream, Weights.Configuration));
        byte[] weights = Written(Weights.Save);
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            byte[] changed = [.. i % 2 == 0 ? configuration : weights];
            changed[random.Next(Math.Min(changed.Length, 2000))] ^= (byte)(1 << random.Next(8));   // of the weights mostly the header
            try
            {
                if (i % 2 == 0)
                {
                    ScorerSettings.Load(new MemoryStream(changed), "config.json");
                }
                else
                {
                    ModelWeights.Load(new MemoryStream(changed), Weights.Configuration, "model.safetensors");
                }
            }
            catch (ModelFormatException exception)
            {
                Assert.Contains(i % 2 == 0 ? "config.json" : "model.safetensors", exception.Message);
                refused++;
            }
        }

        Assert.IsGreaterThan(500, refused);
    }

    [TestMethod]
    public void Load_WeightChanged_NamesBothHashes()
    {
        string hash = WeightsFile.Hash(Weights), changed = "";
        var exception = Refusal("model.safetensors", bytes =>
        {
            bytes[^4] ^= 1;   // the last bit of the last weight
            changed = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes));
            return bytes;
        });

        Assert.AreEqual(
            $"'model.safetensors' was changed since it was saved: its SHA-256 is {changed[..12]}..., expected {hash[..12]}... as 'config.json' says. "
            + "Restore the file; or, if it was changed on purpose, take weights_sha256 out of 'config.json'.",
            exception.Message);
    }

    [TestMethod]
    [DataRow("7")]
    [DataRow("\"abc\"")]
    [DataRow("\"XYZT5678901234567890123456789012345678901234567890123456789012ff\"")]
    public void Load_HashThatIsNone_IsRefused(string hash) => AssertRefused(
        $"'config.json': weights_sha256 is {hash}, expected 64 digits 0 to 9 and a to f.", "config.json",
        bytes => Replace(bytes, $"\"{WeightsFile.Hash(Weights)}\"", hash));

    private static DticPredictionTransformer Create(ScoringMode? mode) => Scorers.Create(Weights, mode, label: "Clicked", prompt: "Packed");

    private static byte[] Save(DticPredictionTransformer transformer)
    {
        using var stream = new MemoryStream();
        new MLContext().Model.Save(transformer, null, stream);
        return stream.ToArray();
    }

    private static byte[] Written(Action<Stream> write)
    {
        using var stream = new MemoryStream();
        write(stream);
        return stream.ToArray();
    }

    private static DticPredictionTransformer Load(byte[] zip)
    {
        var loaded = new MLContext().Model.Load(new MemoryStream(zip), out _);
        return loaded as DticPredictionTransformer ?? ((IEnumerable<ITransformer>)loaded).OfType<DticPredictionTransformer>().Single();
    }

    private static void AssertRefused(string message, string file, Func<byte[], byte[]?> change) => Assert.AreEqual(message, Refusal(file, change).Message);

    private static ModelFormatException Refusal(string file, Func<byte[], byte[]?> change)
    {
        using var zip = new MemoryStream();
        zip.Write(Save(Create(null)));
        using (var archive = new ZipArchive(zip, ZipArchiveMode.Update, leaveOpen: true))
        {
            var entry = archive.Entries.Single(e => e.FullName.EndsWith(file, StringComparison.Ordinal));
            var bytes = new byte[entry.Length];
            using (var stream = entry.Open())
            {
                stream.ReadExactly(bytes);
            }

            string name = entry.FullName;
            entry.Delete();
            if (change(bytes) is { } changed)
            {
                using var stream = archive.CreateEntry(name).Open();
                stream.Write(changed);
            }
        }

        // ML.NET makes what it loads by reflection and does not unwrap.
        var exception = Assert.ThrowsExactly<TargetInvocationException>(() => Load(zip.ToArray()));
        return Assert.IsInstanceOfType<ModelFormatException>(exception.InnerException);
    }

    private static byte[] Replace(byte[] bytes, string from, string to)
    {
        string text = Encoding.Latin1.GetString(bytes);
        Assert.Contains(from, text);
        return Encoding.Latin1.GetBytes(text.Replace(from, to, StringComparison.Ordinal));
    }
}
