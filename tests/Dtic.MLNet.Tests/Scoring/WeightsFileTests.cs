using System.Security.Cryptography;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.MLNet.Tests.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Scoring;

/// <summary>The hash of the weights in a plain folder; <see cref="SavedScorerTests"/> tests it in the zip.</summary>
[TestClass]
public sealed class WeightsFileTests
{
    private static readonly ModelWeights Weights = TestModels.Weights(TestModels.Configuration(attention: ContextAttention.Windowed));

    [TestMethod]
    public void ReadFiles_AnyBitOfTheWeightsChanged_IsRefused()
    {
        using var folder = new TemporaryFolder();
        using var transformer = Scorers.Create(Weights);
        ScorerFolder.Write(transformer, folder["model"]);
        string path = Path.Combine(folder["model"], "model.safetensors");
        byte[] whole = File.ReadAllBytes(path);
        var random = new Random(1);

        for (int i = 0; i < 1000; i++)
        {
            byte[] changed = [.. whole];
            changed[i % 2 == 0 ? random.Next(2000) : random.Next(whole.Length)] ^= (byte)(1 << random.Next(8));   // half of them in or near the header
            File.WriteAllBytes(path, changed);
            var exception = Assert.ThrowsExactly<ModelFormatException>(() => ScorerFolder.Read(folder["model"]));
            Assert.Contains(path, exception.Message);
        }

        File.WriteAllBytes(path, whole);
        using var loaded = ScorerFolder.Read(folder["model"]);
        Assert.IsTrue(transformer.Model.GetWeight("score.weight").SequenceEqual(loaded.Model.GetWeight("score.weight")));
    }

    [TestMethod]
    public void ReadFiles_FolderOfBeforeTheHash_LoadsWhateverItsWeights()
    {
        using var folder = new TemporaryFolder();
        using var transformer = Scorers.Create(Weights);
        ScorerFolder.Write(transformer, folder["model"]);
        string weights = Path.Combine(folder["model"], "model.safetensors"), configuration = Path.Combine(folder["model"], "config.json");
        using (var stream = File.Create(configuration))
        {
            new ScorerSettings("Clicked", "Packed", null).Save(stream, Weights.Configuration);
        }

        byte[] changed = File.ReadAllBytes(weights);
        changed[^4] ^= 1;
        File.WriteAllBytes(weights, changed);

        using var loaded = ScorerFolder.Read(folder["model"]);

        Assert.DoesNotContain("sha256", File.ReadAllText(configuration));
        Assert.AreNotEqual(transformer.Model.GetWeight("score.weight")[^1], loaded.Model.GetWeight("score.weight")[^1]);
        Assert.AreEqual(transformer.Model.GetWeight("score.weight")[^2], loaded.Model.GetWeight("score.weight")[^2]);
    }

    [TestMethod]
    public void Files_Folder_TellTheHashOfItsWeights()
    {
        using var folder = new TemporaryFolder();
        using var transformer = Scorers.Create(Weights);
        ScorerFolder.Write(transformer, folder["model"]);
        using (var stream = File.OpenRead(Path.Combine(folder["model"], "model.safetensors")))
        {
            string hash = Convert.ToHexStringLower(SHA256.HashData(stream));
            Assert.Contains($"\"weights_sha256\": \"{hash}\"", File.ReadAllText(Path.Combine(folder["model"], "config.json")));
        }
    }
}
