using System.Text.RegularExpressions;
using Dtic.MLNet.Folders;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Folders;

[TestClass]
public sealed partial class ModelFolderTests
{
    private static readonly string[] Listing = ["config.json", "dtic-manifest.json", "model.safetensors", "prompt.json", "tokenizer.json", "training.json"];

    [TestMethod]
    public void Save_NewFolder_FlushesEachFileBeforeTheManifestDecides()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        var operations = new List<string>();

        ModelFolder.Save(folder["deep/model"], NamedModel.Files("a", hasTraining: false), new FolderOperations(operations.Add));

        // All of them touch the folder and what is in it: it is neither moved nor deleted, so a mount point will do.
        CollectionAssert.AreEqual(
            new[]
            {
                "create deep", "flush .", "create deep/model", "flush deep",
                "create deep/model/config.json.*", "write deep/model/config.json.*", "flush deep/model/config.json.*",
                "create deep/model/model.safetensors.*", "write deep/model/model.safetensors.*", "flush deep/model/model.safetensors.*",
                "create deep/model/prompt.json.*", "write deep/model/prompt.json.*", "flush deep/model/prompt.json.*",
                "create deep/model/tokenizer.json.*", "write deep/model/tokenizer.json.*", "flush deep/model/tokenizer.json.*",
                "create deep/model/dtic-manifest.json.*", "write deep/model/dtic-manifest.json.*", "flush deep/model/dtic-manifest.json.*",
                "flush deep/model", "move deep/model/dtic-manifest.json.* to deep/model/dtic-manifest.json", "flush deep/model",
                "move deep/model/config.json.* to deep/model/config.json", "move deep/model/model.safetensors.* to deep/model/model.safetensors",
                "move deep/model/prompt.json.* to deep/model/prompt.json", "move deep/model/tokenizer.json.* to deep/model/tokenizer.json",
            },
            operations.ConvertAll(operation => Fresh().Replace(operation.Replace(folder.Path + "/", "", StringComparison.Ordinal).Replace(folder.Path, ".", StringComparison.Ordinal), "*")));
    }

    [TestMethod]
    public void Save_ModelWithoutTrainingOverOneWithIt_TakesItAway()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder.Path);

        ModelFolder.Save(folder.Path, NamedModel.Files("b", hasTraining: false), new FolderOperations());

        Assert.AreEqual(("b", false), NamedModel.Read(folder.Path));
        CollectionAssert.AreEqual(Listing[..^1], folder.Names);
    }

    [TestMethod]
    [DataRow("notes.txt", "'notes.txt'")]
    [DataRow(".git/", "'.git'")]
    [DataRow("a b c d/", "'a', 'b', 'c' and 1 more")]
    [DataRow("config.json.old", "'config.json.old'")]
    [DataRow("config.json.0123456789abcdef0123456789abcdef.new/", "'config.json.0123456789abcdef0123456789abcdef.new'")]
    [DataRow("readme.md.0123456789abcdef0123456789abcdef.new", "'readme.md.0123456789abcdef0123456789abcdef.new'")]
    [DataRow("lost+found", "'lost+found'", DisplayName = "a file that is called as the file system's folder")]
    public void Save_SomethingElseBesideAModel_IsRefusedByName(string names, string listed)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder["model"]);
        foreach (string name in names.TrimEnd('/').Split(' '))
        {
            if (names.EndsWith('/')) Directory.CreateDirectory(Path.Combine(folder["model"], name));
            else File.WriteAllText(Path.Combine(folder["model"], name), "precious");
        }

        AssertRefused(
            $"'{folder["model"]}' holds {listed}, which no model has. Save to a folder that is empty, holds nothing but a saved model, or is not there yet.", folder["model"]);

        Assert.AreEqual(("a", true), NamedModel.Read(folder["model"]));
    }

    [TestMethod]
    public void Save_WorkingDirectoryWithARepository_IsRefusedAndKept()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Directory.CreateDirectory(folder[".git/objects"]);
        File.WriteAllText(folder[".git/HEAD"], "ref: refs/heads/main");
        File.WriteAllText(folder["Program.cs"], "precious");
        string before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = folder.Path;
            foreach (string path in new[] { ".", "./", "../" + Path.GetFileName(folder.Path), folder.Path + "/" })
            {
                AssertRefused(
                    $"'{folder.Path}' holds '.git', 'Program.cs', which no model has. Save to a folder that is empty, holds nothing but a saved model, or is not there yet.", path);
            }
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }

        CollectionAssert.AreEqual(new[] { ".git", "Program.cs" }, folder.Names);
        Assert.AreEqual("ref: refs/heads/main", File.ReadAllText(folder[".git/HEAD"]));
        Assert.IsTrue(Directory.Exists(folder[".git/objects"]));
    }

    [TestMethod]
    public void Save_EmptyWorkingDirectory_StaysTheWorkingDirectory()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        string before = Environment.CurrentDirectory;
        try
        {
            Environment.CurrentDirectory = folder.Path;
            Save("a", ".");
            Save("b", ".");

            Assert.IsTrue(File.Exists("config.json"));
            Assert.AreEqual(("b", true), NamedModel.Read("."));
        }
        finally
        {
            Environment.CurrentDirectory = before;
        }
    }

    [TestMethod]
    public void Save_RootOfTheFileSystem_IsRefused()
    {
        string root = Path.GetPathRoot(Path.GetTempPath())!;

        var exception = Assert.ThrowsExactly<IOException>(() => Save("a", root));

        Assert.StartsWith($"'{root}' holds '", exception.Message);
    }

    [TestMethod]
    public void Save_ModelOfAnotherLibrary_IsRefused()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        File.WriteAllText(folder["config.json"], """{"model_type":"llama","architectures":["LlamaForCausalLM"]}""");
        File.WriteAllText(folder["model.safetensors"], "precious");

        AssertRefused(
            $"'{folder.Path}' holds 'config.json', 'model.safetensors', but no 'config.json' of a model that this library saved. "
            + "Save to a folder that is empty, holds nothing but a saved model, or is not there yet.",
            folder.Path);

        Assert.AreEqual("precious", File.ReadAllText(folder["model.safetensors"]));
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("{")]
    [DataRow("[]")]
    public void Save_ConfigurationThatIsNone_IsRefused(string configuration)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        File.WriteAllText(folder["config.json"], configuration);

        Assert.StartsWith($"'{folder.Path}' holds 'config.json', but no 'config.json' of a model", Assert.ThrowsExactly<IOException>(() => Save("a", folder.Path)).Message);

        Assert.AreEqual(configuration, File.ReadAllText(folder["config.json"]));
    }

    [TestMethod]
    public void Save_RootOfAVolume_LeavesTheFileSystemsOwnFolder()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Directory.CreateDirectory(folder["lost+found"]);

        Save("a", folder.Path);
        Save("b", folder.Path);

        Assert.AreEqual(("b", true), NamedModel.Read(folder.Path));
        Assert.Contains("lost+found", folder.Names);
    }

    [TestMethod]
    [DataRow(".DS_Store")]
    [DataRow("desktop.ini")]
    [DataRow("Thumbs.db")]
    [DataRow(".nfs000000000000002a")]
    public void Save_FileThatTheSystemPutThere_LeavesIt(string name)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder.Path);
        File.WriteAllText(folder[name], "the system's");

        Save("b", folder.Path);

        Assert.AreEqual(("b", true), NamedModel.Read(folder.Path));
        Assert.AreEqual("the system's", File.ReadAllText(folder[name]));
    }

    [TestMethod]
    public void Save_LeftOversOfKilledSaves_AreTakenAway()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder.Path);
        File.WriteAllText(folder["config.json.0123456789abcdef0123456789abcdef.new"], "half a");
        File.WriteAllText(folder["dtic-saving.lock"], "");

        Save("b", folder.Path);

        CollectionAssert.AreEqual(Listing, folder.Names);
    }

    [TestMethod]
    [DataRow("{")]
    [DataRow("null")]
    [DataRow("{}")]
    [DataRow("""{"formatVersion":1,"save":"../../../etc/0123456789abcdef012345","files":[]}""")]
    public void SaveAndOpen_DamagedManifest_AreRefused(string manifest)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder.Path);
        File.WriteAllText(folder["dtic-manifest.json"], manifest);

        foreach (Action action in new Action[] { () => Save("b", folder.Path), () => NamedModel.Read(folder.Path) })
            Assert.StartsWith($"'{folder["dtic-manifest.json"]}' is not the manifest of a saved model: ", Assert.ThrowsExactly<ModelFormatException>(action).Message);

        CollectionAssert.AreEqual(Listing, folder.Names);
    }

    [TestMethod]
    public void Open_ManifestOfANewerVersion_SaysSo()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder.Path);
        string manifest = File.ReadAllText(folder["dtic-manifest.json"]);
        File.WriteAllText(folder["dtic-manifest.json"], manifest.Replace("\"formatVersion\": 1", "\"formatVersion\": 2", StringComparison.Ordinal));

        Assert.AreEqual(
            $"'{folder["dtic-manifest.json"]}' has format version 2; this version of Dtic reads up to 1. Update the package.",
            Assert.ThrowsExactly<ModelFormatException>(() => NamedModel.Read(folder.Path)).Message);
    }

    [TestMethod]
    public void Open_OptionalFileThatWasDeleted_DoesWithout()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder.Path);
        File.Delete(folder["training.json"]);

        Assert.AreEqual(("a", false), NamedModel.Read(folder.Path));
    }

    [TestMethod]
    public void Open_FolderThatWasReplacedWhileOpen_ReadsTheOneOfBefore()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("a", folder.Path);
        using var files = FolderFiles.Open(folder.Path);

        Save("b", folder.Path);

        using var reader = new StreamReader(files.ByName["prompt.json"].Content);
        Assert.AreEqual("""{"dtic":"a"}""", reader.ReadToEnd());
    }

    [TestMethod]
    public void Open_SaveThatWasStoppedBehindItsManifest_BringsItToItsEnd()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        ModelFolder.Save(folder.Path, NamedModel.Files("old"), new FolderOperations());
        int moves = 0;
        Assert.ThrowsExactly<IOException>(() => ModelFolder.Save(folder.Path, NamedModel.Files("new", hasTraining: false), new FolderOperations(operation =>
        {
            if (operation.StartsWith("move", StringComparison.Ordinal) && moves++ == 2) throw new IOException("The disk failed.");
        })));
        using (FolderLock.Take(folder.Path, TimeSpan.Zero))
        {
            Assert.AreEqual(("new", false), NamedModel.Read(folder.Path));   // another save is at work: it is left to that
            Assert.HasCount(9, folder.Names);
        }

        Assert.AreEqual(("new", false), NamedModel.Read(folder.Path));

        CollectionAssert.AreEqual(Listing[..^1], folder.Names);
        foreach (string file in ModelFile.RequiredNames) Assert.AreEqual("""{"dtic":"new"}""", File.ReadAllText(folder[file]));
    }

    [TestMethod]
    public void Save_LongestName_Saves()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        string path = folder[new string('m', 255)];

        Save("a", path);
        Save("b", path);

        Assert.AreEqual(("b", true), NamedModel.Read(path));
    }

    private static void Save(string name, string path) => ModelFolder.Save(path, NamedModel.Files(name), new FolderOperations());

    private static void AssertRefused(string message, string path) =>
        Assert.AreEqual(message, Assert.ThrowsExactly<IOException>(() => Save("refused", path)).Message);

    [GeneratedRegex("[0-9a-f]{32}[.]new")]
    private static partial Regex Fresh();
}
