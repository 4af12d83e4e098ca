using Dtic.MLNet.Folders;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Folders;

/// <summary>A save that ends before each of its operations on files, one after the other: what is loaded next is a whole model, the old one or the new one.</summary>
[TestClass]
public sealed class KilledSaveTests
{
    /// <summary>What stands in the folder before: with a manifest or without, as it was before there were any; with a training or without.</summary>
    public enum Before
    {
        Nothing,
        EmptyFolder,
        PlainFiles,
        SavedModel,
        SavedModelWithoutTraining,
        KilledSave,
    }

    [TestMethod]
    [DataRow(Before.Nothing)]
    [DataRow(Before.EmptyFolder)]
    [DataRow(Before.PlainFiles)]
    [DataRow(Before.SavedModel)]
    [DataRow(Before.SavedModelWithoutTraining)]
    [DataRow(Before.KilledSave)]
    public void Save_EndsAtAnyOperation_LeavesTheOldModelOrTheNew(Before before)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        bool isSaved = false, isKilled = true;
        for (int i = 0; isKilled; i++)
        {
            string path = folder[$"{i}"];
            Prepare(before, path);
            isKilled = SaveUntil(i, path, "new");

            string? found = Found(path);

            if (found == "new") AssertHoldsNothingBut("new", path);
            Assert.IsTrue(found == "new" || found == (before is Before.Nothing or Before.EmptyFolder ? null : "old"), $"{i}: {found}");
            Assert.IsTrue(!isSaved || found == "new", $"{i}: {found}");   // from one operation on it is the new one
            isSaved = found == "new";
            Assert.IsTrue(isSaved || isKilled);
            SaveUntil(int.MaxValue, path, "next");
            AssertHoldsNothingBut("next", path);
        }
    }

    [TestMethod]
    [DataRow(Before.SavedModel, false, DisplayName = "over a model in an ordinary folder")]
    [DataRow(Before.SavedModel, true, DisplayName = "over a model on a mount point")]
    [DataRow(Before.EmptyFolder, true, DisplayName = "first save on a mount point")]
    public void Save_ProcessKilledAtAnyOperation_LeavesTheOldModelOrTheNew(Before before, bool isMountPoint)
    {
        using var folder = new TemporaryFolder(inMemory: true);
        using var mount = isMountPoint ? new MountPoint() : null;
        string path = mount?.Path ?? folder.Path;
        int killed = 0, saved = 0;
        for (bool isKilled = true; isKilled;)
        {
            Prepare(before, path);
            using var process = mount?.Start("SaveModel.dll", "new", $"{killed}") ?? ChildProgram.Start("SaveModel.dll", path, "new", $"{killed}");
            string errors = process.StandardError.ReadToEnd();
            process.WaitForExit();
            isKilled = process.ExitCode != 0;
            Assert.AreEqual("", errors);

            string? found = Found(path);

            Assert.IsTrue(found == "new" || found == (before == Before.EmptyFolder ? null : "old"), $"{killed}: {found}");
            if (found == "new") AssertHoldsNothingBut("new", path);
            killed += isKilled ? 1 : 0;
            saved += found == "new" ? 1 : 0;
            ModelFolder.Save(path, NamedModel.Files("next"), new FolderOperations());
            AssertHoldsNothingBut("next", path);
        }

        Assert.IsGreaterThan(20, killed);
        Assert.IsGreaterThan(5, saved);   // before the files got their names, too
    }

    private static void Prepare(Before before, string path)
    {
        if (Directory.Exists(path)) foreach (string file in Directory.GetFiles(path)) File.Delete(file);
        switch (before)
        {
            case Before.EmptyFolder:
                Directory.CreateDirectory(path);
                break;
            case Before.PlainFiles:
                Directory.CreateDirectory(path);
                foreach (var file in NamedModel.Files("old"))
                {
                    using var stream = File.Create(Path.Combine(path, file.Name));
                    file.Write(stream);
                }

                break;
            case Before.SavedModel or Before.SavedModelWithoutTraining:
                ModelFolder.Save(path, NamedModel.Files("old", before == Before.SavedModel), new FolderOperations());
                break;
            case Before.KilledSave:
                // Just behind the moment from which "old" is the model: none of its files has its own name yet.
                ModelFolder.Save(path, NamedModel.Files("older"), new FolderOperations());
                int moves = 0;
                Assert.ThrowsExactly<Killed>(() => ModelFolder.Save(path, NamedModel.Files("old", hasTraining: false), new FolderOperations(operation =>
                {
                    if (operation.StartsWith("move", StringComparison.Ordinal) && moves++ > 0) throw new Killed();
                })));
                break;
        }
    }

    /// <summary>Saves and ends before an operation, behind which nothing is done any more: a process that is killed cleans nothing up.</summary>
    private static bool SaveUntil(int operation, string path, string name)
    {
        try
        {
            ModelFolder.Save(path, NamedModel.Files(name), new FolderOperations(_ =>
            {
                if (operation-- <= 0) throw new Killed();
            }));
            return false;
        }
        catch (Killed)
        {
            return true;
        }
    }

    private static string? Found(string path)
    {
        try
        {
            return NamedModel.Read(path).Name;
        }
        catch (Exception exception) when (exception is DirectoryNotFoundException or ModelFormatException)
        {
            return null;
        }
    }

    private static void AssertHoldsNothingBut(string name, string path)
    {
        Assert.AreEqual((name, true), NamedModel.Read(path));
        string[] names = [.. Directory.GetFileSystemEntries(path).Select(entry => Path.GetFileName(entry)).Order(StringComparer.Ordinal)];
        CollectionAssert.AreEqual(new[] { "config.json", "dtic-manifest.json", "model.safetensors", "prompt.json", "tokenizer.json", "training.json" }, names);
        foreach (string file in ModelFile.Names) Assert.Contains($"\"{name}\"", File.ReadAllText(Path.Combine(path, file)));
    }

    private sealed class Killed : Exception;
}
