using System.Diagnostics;
using System.Runtime.Versioning;
using Dtic.MLNet.Folders;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Folders;

/// <summary>Links, permissions and pipes, as Unix has them.</summary>
[TestClass]
[OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
[UnsupportedOSPlatform("windows")]
public sealed class UnixFolderTests
{
    private const UnixFileMode Group = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite;
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [TestMethod]
    public void Save_LinkToAFolder_ReplacesWhatItPointsTo()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("old", folder["v3"]);
        Directory.CreateSymbolicLink(folder["current"], "v3");
        Directory.CreateSymbolicLink(folder["stable"], "current");

        foreach (string path in new[] { "current", "current/", "stable" })
        {
            string name = path.TrimEnd('/');
            Save(name, folder[path]);

            Assert.AreEqual(name, NamedModel.Read(folder["v3"]).Name);
            Assert.AreEqual(name, NamedModel.Read(folder["stable"]).Name);
        }

        Assert.AreEqual("v3", new FileInfo(folder["current"]).LinkTarget);
        Assert.AreEqual("current", new FileInfo(folder["stable"]).LinkTarget);
        CollectionAssert.AreEqual(new[] { "current", "stable", "v3" }, folder.Names);
    }

    [TestMethod]
    public void Save_LinkToNothing_MakesWhatItPointsTo()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Directory.CreateSymbolicLink(folder["current"], "v3");

        Save("new", folder["current"]);

        Assert.AreEqual("new", NamedModel.Read(folder["v3"]).Name);
        Assert.AreEqual("v3", new FileInfo(folder["current"]).LinkTarget);
    }

    [TestMethod]
    public void Save_LinkPlantedAsTheLock_IsNotWrittenThrough()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Directory.CreateDirectory(folder["model"]);
        File.CreateSymbolicLink(Path.Combine(folder["model"], FolderLock.Name), folder["elsewhere"]);

        Assert.Contains("is a link, through which nothing is written.", Assert.ThrowsExactly<IOException>(() => Save("new", folder["model"])).Message);

        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
    }

    [TestMethod]
    public void Save_LinkThatLeadsToItself_SaysWhich()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Directory.CreateSymbolicLink(folder["a"], "b");
        Directory.CreateSymbolicLink(folder["b"], "a");

        Assert.Contains($"'{folder["a"]}'", Assert.Throws<IOException>(() => Save("new", folder["a"])).Message);
        Assert.Contains($"'{folder["a"]}'", Assert.Throws<IOException>(() => NamedModel.Read(folder["a"])).Message);
    }

    [TestMethod]
    public void Save_LinkToAFileOrToForeignFiles_IsRefused()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        File.WriteAllText(folder["file"], "precious");
        Directory.CreateDirectory(folder["foreign"]);
        File.WriteAllText(folder["foreign/notes.txt"], "precious");
        File.CreateSymbolicLink(folder["a"], "file");
        Directory.CreateSymbolicLink(folder["b"], "foreign");

        Assert.AreEqual(
            $"'{folder["file"]}' is a file, and a model is saved to a folder. Give another path, or delete the file first.",
            Assert.ThrowsExactly<IOException>(() => Save("new", folder["a"])).Message);
        Assert.StartsWith($"'{folder["foreign"]}' holds 'notes.txt'", Assert.ThrowsExactly<IOException>(() => Save("new", folder["b"])).Message);
        Assert.AreEqual("precious", File.ReadAllText(folder["foreign/notes.txt"]));
    }

    [TestMethod]
    public void Save_LinkThatIsTurnedMeanwhile_SavesToWhereItPointedAtFirst()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        Save("old", folder["v3"]);
        Save("other", folder["v4"]);
        Directory.CreateSymbolicLink(folder["current"], "v3");

        ModelFolder.Save(folder["current"], NamedModel.Files("new"), new FolderOperations(operation =>
        {
            if (!operation.StartsWith("write", StringComparison.Ordinal)) return;
            File.Delete(folder["current"]);
            Directory.CreateSymbolicLink(folder["current"], "v4");
        }));

        Assert.AreEqual("new", NamedModel.Read(folder["v3"]).Name);
        Assert.AreEqual("other", NamedModel.Read(folder["v4"]).Name);
    }

    [TestMethod]
    public void Save_OverAModel_KeepsPermissions()
    {
        using var folder = new TemporaryFolder(inMemory: true);
        const UnixFileMode FolderMode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.GroupRead | UnixFileMode.GroupExecute | UnixFileMode.SetGroup;
        ModelFolder.Save(folder["model"], NamedModel.Files("old", hasTraining: false), new FolderOperations());
        File.Delete(folder["model/dtic-manifest.json"]);   // new to the folder, as the training is
        foreach (string file in Directory.GetFiles(folder["model"])) File.SetUnixFileMode(file, Group);
        File.SetUnixFileMode(folder["model/prompt.json"], Private);
        File.SetUnixFileMode(folder["model"], FolderMode);
        var modes = new HashSet<UnixFileMode>();

        ModelFolder.Save(folder["model"], NamedModel.Files("new"), new FolderOperations(operation =>
        {
            // Not for a moment may it be read by more than those who could read it before.
            if (operation.StartsWith($"write {folder["model/prompt.json"]}", StringComparison.Ordinal)) modes.Add(File.GetUnixFileMode(operation["write ".Length..]));
        }));

        Assert.AreEqual(FolderMode, File.GetUnixFileMode(folder["model"]));
        foreach (string file in Directory.GetFiles(folder["model"]))
            Assert.AreEqual(Path.GetFileName(file) == "prompt.json" ? Private : Group, File.GetUnixFileMode(file), file);
        Assert.AreEqual(Private, modes.Single());
    }

    [TestMethod]
    public void Save_FolderThatMayNotBeWritten_NamesItAndKeepsTheModel()
    {
        if (Environment.IsPrivilegedProcess) Assert.Inconclusive("The superuser may write everywhere.");
        using var folder = new TemporaryFolder(inMemory: true);
        ModelFolder.Save(folder["model"], NamedModel.Files("old"), new FolderOperations());
        File.SetUnixFileMode(folder["model"], UnixFileMode.UserRead | UnixFileMode.UserExecute);

        var exception = Assert.ThrowsExactly<UnauthorizedAccessException>(() => ModelFolder.Save(folder["model"], NamedModel.Files("new"), new FolderOperations()));

        File.SetUnixFileMode(folder["model"], UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Assert.StartsWith($"The model was not saved to '{folder["model"]}', where nothing was changed: Access to the path '{folder["model"]}", exception.Message);
        Assert.AreEqual(("old", true), NamedModel.Read(folder["model"]));
    }

    [TestMethod]
    public void Open_PipeOrFolderInPlaceOfAFile_DoesNotWaitForIt()
    {
        foreach (string name in new[] { "config.json", "dtic-manifest.json" })
        {
            using var folder = new TemporaryFolder(inMemory: true);
            Save("a", folder["model"]);
            string path = Path.Combine(folder["model"], name);
            File.Delete(path);
            Process.Start("mkfifo", folder["pipe"]).WaitForExit();
            File.CreateSymbolicLink(path, folder["pipe"]);

            Assert.AreEqual($"'{path}' is no file with content: it is empty, or a folder, a pipe or a device.", Assert.ThrowsExactly<ModelFormatException>(() => NamedModel.Read(folder["model"])).Message);
        }
    }

    private static void Save(string name, string path) => ModelFolder.Save(path, NamedModel.Files(name), new FolderOperations());
}
