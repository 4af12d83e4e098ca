using Dtic.MLNet.Model;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class ModelFolderCatalogTests
{
    private static readonly string[] Files = ["config.json", "model.safetensors", "prompt.json", "tokenizer.json", "training.json"];

    private static TransformerChain<DticPredictionTransformer> Model => ClickPipeline.Model(ContextAttention.Isolated);

    private static PromptPackingTransformer Packer => Model.OfType<PromptPackingTransformer>().Single();

    [TestMethod]
    public void SaveAndLoad_TrainedModel_ScoresAsBeforeAndServes()
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(Model, folder["model"]);

        var loaded = new MLContext().Model.LoadFromFolder(folder["model"]);

        CollectionAssert.AreEqual(Files, Directory.GetFiles(folder["model"]).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
        var test = ClickPipeline.Split.TestSet;
        CollectionAssert.AreEqual(Scorers.Read<float>(Model.Transform(test), "Score"), Scorers.Read<float>(loaded.Transform(test), "Score"));
        var request = ClickPipeline.All.RequestFor(ClickPipeline.All[3]);
        using var before = new MLContext().Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(Model);
        using var after = new MLContext().Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(loaded);
        Assert.AreEqual(before.Predict(request).Score, after.Predict(request).Score);
    }

    [TestMethod]
    public void SaveAndLoad_ThroughZip_WritesTheSameFiles()
    {
        using var folder = new TemporaryFolder();
        using var zip = new MemoryStream();
        new MLContext().Model.Save(Model, null, zip);
        zip.Position = 0;
        new MLContext().Model.SaveToFolder(Model, folder["direct"]);

        new MLContext().Model.SaveToFolder(new MLContext().Model.Load(zip, out _), folder["zipped"]);

        foreach (string file in Files)
        {
            CollectionAssert.AreEqual(File.ReadAllBytes(Path.Combine(folder["direct"], file)), File.ReadAllBytes(Path.Combine(folder["zipped"], file)), file);
        }
    }

    [TestMethod]
    public void Save_FolderThatIsThere_ReplacesAllOfIt()
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder["model"]);
        File.WriteAllText(Path.Combine(folder["model"], "config.json"), "old");
        File.WriteAllText(Path.Combine(folder["model"], "leftover.txt"), "old");

        new MLContext().Model.SaveToFolder(Model, folder["model"] + Path.DirectorySeparatorChar);

        CollectionAssert.AreEqual(Files, Directory.GetFiles(folder["model"]).Select(Path.GetFileName).Order(StringComparer.Ordinal).ToArray());
        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
        new MLContext().Model.LoadFromFolder(folder["model"]).Dispose();
    }

    [TestMethod]
    public void Save_PathOfAFile_ThrowsAndKeepsTheFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model"], "precious");

        Assert.Throws<IOException>(() => new MLContext().Model.SaveToFolder(Model, folder["model"]));

        Assert.AreEqual("precious", File.ReadAllText(folder["model"]));
        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
    }

    [TestMethod]
    public void Save_BelowAFile_ThrowsAndKeepsTheFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "precious");

        Assert.Throws<IOException>(() => new MLContext().Model.SaveToFolder(Model, Path.Combine(folder["file"], "model")));

        Assert.AreEqual("precious", File.ReadAllText(folder["file"]));
        CollectionAssert.AreEqual(new[] { "file" }, folder.Names);
    }

    [TestMethod]
    public void Save_NoRoomForANameBesideIt_ThrowsAndKeepsWhatStoodThere()
    {
        // A name of 240 characters is legal; the longer one beside it is not, for the superuser neither.
        using var folder = new TemporaryFolder();
        string name = new('m', 240);
        Directory.CreateDirectory(folder[name]);
        File.WriteAllText(Path.Combine(folder[name], "config.json"), "precious");

        Assert.Throws<IOException>(() => new MLContext().Model.SaveToFolder(Model, folder[name]));

        Assert.AreEqual("precious", File.ReadAllText(Path.Combine(folder[name], "config.json")));
        CollectionAssert.AreEqual(new[] { name }, folder.Names);
    }

    [TestMethod]
    public void Save_WithoutPackerOrScorer_NamesWhatIsMissing()
    {
        using var folder = new TemporaryFolder();

        AssertRefused("The pipeline has 0 parts of type PromptPackingTransformer, expected one. (Parameter 'model')", Model.LastTransformer);
        AssertRefused("The pipeline has 0 parts of type DticPredictionTransformer, expected one. (Parameter 'model')", Packer);
        AssertRefused(
            "The pipeline has 2 parts of type PromptPackingTransformer, expected one. (Parameter 'model')",
            new TransformerChain<ITransformer>(Packer, Packer, Model.LastTransformer));
        Assert.IsEmpty(folder.Names);

        void AssertRefused(string message, ITransformer model) =>
            Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => new MLContext().Model.SaveToFolder(model, folder["model"])).Message);
    }

    [TestMethod]
    public void Save_ChainWithinAChain_FindsBothParts()
    {
        using var folder = new TemporaryFolder();
        var nested = new TransformerChain<ITransformer>(new TransformerChain<ITransformer>(Packer), new TransformerChain<ITransformer>(Model.LastTransformer));

        new MLContext().Model.SaveToFolder(nested, folder["model"]);

        Assert.AreEqual(Packer.VocabularyHash, new MLContext().Model.LoadFromFolder(folder["model"]).LastTransformer.Model.VocabularyHash);
    }

    [TestMethod]
    public void Save_PackerOfAnotherVocabularyOrContext_NamesBoth()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext();
        var otherWords = ClickPipeline.Pack(context).Fit(Clicks.Of(users: 2, seed: 2).View());
        var otherContext = ClickPipeline.Pack(context, contextLength: 7).Fit(ClickPipeline.Split.TrainSet);

        var exception = Assert.ThrowsExactly<ArgumentException>(() => context.Model.SaveToFolder(otherWords.Append(Model.LastTransformer), folder["model"]));
        Assert.AreEqual(
            $"The packer has vocabulary {otherWords.VocabularyHash}, but the scorer was trained on vocabulary {Packer.VocabularyHash}. (Parameter 'model')",
            exception.Message);
        exception = Assert.ThrowsExactly<ArgumentException>(() => context.Model.SaveToFolder(otherContext.Append(Model.LastTransformer), folder["model"]));
        Assert.AreEqual("The packer has a context of 7 interactions, but the scorer was trained with 5. (Parameter 'model')", exception.Message);
        Assert.IsEmpty(folder.Names);
    }

    [TestMethod]
    public void Load_FilesOfTwoModels_NamesBothVocabularies()
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(Model, folder["model"]);
        var other = ClickPipeline.Pack(new MLContext()).Fit(Clicks.Of(users: 2, seed: 2).View());
        other.WriteFiles(folder["model"]);

        var exception = Assert.ThrowsExactly<ModelFormatException>(() => new MLContext().Model.LoadFromFolder(folder["model"]));

        Assert.AreEqual(
            $"'{folder["model"]}': The packer has vocabulary {other.VocabularyHash}, but the scorer was trained on vocabulary {Packer.VocabularyHash}.",
            exception.Message);
    }

    [TestMethod]
    public void Load_NoFolder_NamesTheFirstFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "");

        AssertNotLoaded($"The saved model lacks '{Path.Combine(folder["nowhere"], "tokenizer.json")}'.", folder["nowhere"]);
        AssertNotLoaded($"The saved model lacks '{Path.Combine(folder["file"], "tokenizer.json")}'.", folder["file"]);
    }

    [TestMethod]
    [DataRow("config.json", "The saved model lacks '{0}'.")]
    [DataRow("model.safetensors", "The saved model lacks '{0}'.")]
    [DataRow("prompt.json", "The saved model lacks '{0}'.")]
    [DataRow("tokenizer.json", "The saved model lacks '{0}'.")]
    public void Load_FileMissing_NamesIt(string file, string message)
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(Model, folder["model"]);
        string path = Path.Combine(folder["model"], file);
        File.Delete(path);

        AssertNotLoaded(message.Replace("{0}", path, StringComparison.Ordinal), folder["model"]);
    }

    [TestMethod]
    public void Load_TruncatedWeights_SaysSo()
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(Model, folder["model"]);
        string path = Path.Combine(folder["model"], "model.safetensors");
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);

        AssertNotLoaded($"'{path}' is truncated.", folder["model"]);
    }

    [TestMethod]
    public void Load_TensorOfAnotherShape_NamesBoth()
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(Model, folder["model"]);
        string path = Path.Combine(folder["model"], "model.safetensors");
        var model = Model.LastTransformer.Model;
        using (var stream = File.Create(path))
        {
            Safetensors.Write(
                stream, [.. model.WeightNames.Select(name => (name, name == "score.weight" ? [16L, 1L] : model.GetShape(name).ToArray(), model.GetWeight(name).ToArray()))]);
        }

        AssertNotLoaded($"'{path}': tensor 'score.weight' has shape [16, 1], expected [1, 16].", folder["model"]);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow(" ")]
    public void SaveAndLoad_EmptyPath_Throws(string path)
    {
        Assert.AreEqual("path", Assert.ThrowsExactly<ArgumentException>(() => new MLContext().Model.SaveToFolder(Model, path)).ParamName);
        Assert.AreEqual("path", Assert.ThrowsExactly<ArgumentException>(() => new MLContext().Model.LoadFromFolder(path)).ParamName);
    }

    [TestMethod]
    [DataRow(false)]
    [DataRow(true)]
    public void LoadFromFolder_GpuThatIsNotThere_IsAskedForAtTheFirstScore(bool handsTheEnvironmentOver)
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(Model, folder["model"]);
        var context = new MLContext();

        using var loaded = handsTheEnvironmentOver ? context.Model.LoadFromFolder(folder["model"], context) : context.Model.LoadFromFolder(folder["model"]);

        (context.GpuDeviceId, context.FallbackToCpu) = (int.MaxValue, false);
        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => Scorers.Read<float>(loaded.Transform(ClickPipeline.Split.TestSet), "Score"));
        Assert.StartsWith("GpuDeviceId is 2147483647, but torch sees ", exception.Message);
    }

    [TestMethod]
    public void Transform_PromptsOfAnotherTraining_IsRefused()
    {
        var other = ClickPipeline.Pack(new MLContext()).Fit(Clicks.Of(users: 2, seed: 2).View());

        var chain = new TransformerChain<ITransformer>(other, Model.LastTransformer);

        var exception = Assert.ThrowsExactly<ArgumentException>(() => chain.Transform(ClickPipeline.All.View()));

        Assert.AreEqual(
            $"Column 'Prompt' holds prompts of vocabulary {other.VocabularyHash[..12]}, but the model was trained on vocabulary {Packer.VocabularyHash[..12]}. "
            + "Transform the interactions with the PackPrompts transformer that was fitted together with this model; a pipeline saves and loads the two together.",
            exception.Message);
    }

    private static void AssertNotLoaded(string message, string path) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<ModelFormatException>(() => new MLContext().Model.LoadFromFolder(path)).Message);
}
