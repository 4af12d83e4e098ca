using Dtic.MLNet.Folders;
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

        AssertHoldsOneModel(folder);
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
    public void Save_FolderOfAModel_ReplacesIt()
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(ClickPipeline.Model(ContextAttention.Windowed), folder["model"]);

        new MLContext().Model.SaveToFolder(Model, folder["model"] + Path.DirectorySeparatorChar);

        AssertHoldsOneModel(folder);
        using var loaded = new MLContext().Model.LoadFromFolder(folder["model"]);
        Assert.AreEqual(ContextAttention.Isolated, loaded.LastTransformer.Model.ContextAttention);
    }

    [TestMethod]
    public void Save_EndsAtAnyOperation_LoadsTheOldModelOrTheNew()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var loads = new List<ContextAttention>();
        for (bool hasEnded = true; hasEnded;)
        {
            new MLContext().Model.SaveToFolder(ClickPipeline.Model(ContextAttention.Windowed), folder["model"]);
            int left = loads.Count;
            try
            {
                ModelFolder.Save(folder["model"], ModelFolderCatalog.FilesOf(Model), new FolderOperations(_ =>
                {
                    if (left-- <= 0) throw new TimeoutException();   // also for what would clean up: a killed process does not
                }));
                hasEnded = false;
            }
            catch (TimeoutException)
            {
            }

            using var loaded = new MLContext().Model.LoadFromFolder(folder["model"]);
            loads.Add(loaded.LastTransformer.Model.ContextAttention);
        }

        int first = loads.IndexOf(ContextAttention.Isolated);
        Assert.IsGreaterThan(15, first);
        Assert.IsGreaterThan(first + 3, loads.Count);
        Assert.IsTrue(loads.Skip(first).All(attention => attention == ContextAttention.Isolated));
    }

    [TestMethod]
    public void Save_FolderWithOtherFiles_IsRefusedAndKept()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["leftover.txt"], "precious");

        var exception = Assert.ThrowsExactly<IOException>(() => new MLContext().Model.SaveToFolder(Model, folder.Path));

        Assert.AreEqual(
            $"'{folder.Path}' holds 'leftover.txt', which no model has. Save to a folder that is empty, holds nothing but a saved model, or is not there yet.", exception.Message);
        CollectionAssert.AreEqual(new[] { "leftover.txt" }, folder.Names);
    }

    [TestMethod]
    public void Save_PathOfAFile_ThrowsAndKeepsTheFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model"], "precious");

        var exception = Assert.ThrowsExactly<IOException>(() => new MLContext().Model.SaveToFolder(Model, folder["model"]));

        Assert.AreEqual($"'{folder["model"]}' is a file, and a model is saved to a folder. Give another path, or delete the file first.", exception.Message);
        Assert.AreEqual("precious", File.ReadAllText(folder["model"]));
        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
    }

    [TestMethod]
    public void Save_BelowAFile_ThrowsAndKeepsTheFile()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["file"], "precious");

        string path = Path.Combine(folder["file"], "model");
        Assert.StartsWith($"The model was not saved to '{path}', where nothing was changed: ", Assert.Throws<IOException>(() => new MLContext().Model.SaveToFolder(Model, path)).Message);

        Assert.AreEqual("precious", File.ReadAllText(folder["file"]));
        CollectionAssert.AreEqual(new[] { "file" }, folder.Names);
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
    public void Save_PipelineWithOtherParts_NamesThemAndWhatSavesThem()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext(seed: 1);
        var data = ClickPipeline.All.View();
        var copied = context.Transforms.CopyColumns("Copy", "Label").Fit(data);
        var calibrator = context.BinaryClassification.Calibrators.Platt().Fit(Model.Transform(data));

        var exception = Assert.ThrowsExactly<ArgumentException>(() =>
            context.Model.SaveToFolder(new TransformerChain<ITransformer>(copied, new TransformerChain<ITransformer>(Packer, Model.LastTransformer), calibrator), folder["model"]));

        Assert.AreEqual(
            "A folder holds a packer and a scorer, and the pipeline also has ColumnCopyingTransformer, PlattCalibratorTransformer, without which it would score differently. "
            + "Save it as a zip, which holds all of them: mlContext.Model.Save. (Parameter 'model')",
            exception.Message);
        Assert.IsEmpty(folder.Names);
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
        using (var stream = File.Create(Path.Combine(folder["model"], "prompt.json"))) other.WriteTemplate(stream);
        using (var stream = File.Create(Path.Combine(folder["model"], "tokenizer.json"))) other.WriteVocabulary(stream);

        var exception = Assert.ThrowsExactly<ModelFormatException>(() => new MLContext().Model.LoadFromFolder(folder["model"]));

        Assert.AreEqual(
            $"'{folder["model"]}': The packer has vocabulary {other.VocabularyHash}, but the scorer was trained on vocabulary {Packer.VocabularyHash}.",
            exception.Message);
    }

    [TestMethod]
    public void Load_NoFolder_SaysSo()
    {
        using var folder = new TemporaryFolder();

        var exception = Assert.ThrowsExactly<DirectoryNotFoundException>(() => new MLContext().Model.LoadFromFolder(folder["nowhere"]));

        Assert.AreEqual($"There is no folder '{folder["nowhere"]}'.", exception.Message);
    }

    [TestMethod]
    public void Load_Zip_SaysWhatLoadsIt()
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.Save(Model, null, folder["model.zip"]);

        AssertNotLoaded(
            $"'{folder["model.zip"]}' is a file. LoadFromFolder loads a folder that SaveToFolder wrote; mlContext.Model.Load loads a zip that mlContext.Model.Save wrote.",
            folder["model.zip"]);
    }

    [TestMethod]
    [DataRow("", "it is empty")]
    [DataRow("notes.txt", "it holds 'notes.txt'")]
    [DataRow("v1 v2 v3 v4 v5", "it holds 'v1', 'v2', 'v3' and 2 more")]
    [DataRow("config.json.0123456789abcdef0123456789abcdef.new dtic-saving.lock", "it holds only what a save that did not end left behind")]
    public void Load_FolderWithoutAModel_SaysWhatIsThere(string files, string content)
    {
        using var folder = new TemporaryFolder();
        foreach (string file in files.Split(' ', StringSplitOptions.RemoveEmptyEntries)) File.WriteAllText(folder[file], "text");

        AssertNotLoaded($"'{folder.Path}' holds no model: {content}. A saved model has 'config.json', 'model.safetensors', 'prompt.json', 'tokenizer.json'.", folder.Path);
    }

    [TestMethod]
    [DataRow("config.json")]
    [DataRow("model.safetensors")]
    [DataRow("prompt.json")]
    [DataRow("tokenizer.json")]
    public void Load_FileMissing_NamesIt(string file)
    {
        using var folder = new TemporaryFolder();
        new MLContext().Model.SaveToFolder(Model, folder["model"]);
        File.Delete(Path.Combine(folder["model"], file));

        AssertNotLoaded($"The model in '{folder["model"]}' lacks '{file}'.", folder["model"]);
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

    private static void AssertHoldsOneModel(TemporaryFolder folder)
    {
        CollectionAssert.AreEquivalent(Files.Append("dtic-manifest.json").ToArray(), Directory.GetFiles(folder["model"]).Select(Path.GetFileName).ToArray());
        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
    }

    private static void AssertNotLoaded(string message, string path) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<ModelFormatException>(() => new MLContext().Model.LoadFromFolder(path)).Message);
}
