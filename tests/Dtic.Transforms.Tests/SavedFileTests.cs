using System.Diagnostics;

namespace Dtic.Transforms.Tests;

[TestClass]
public sealed class SavedFileTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dtic");

    private string Path => System.IO.Path.Combine(_folder.FullName, "config.json");

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Read_File_GivesItsContentAndPath()
    {
        File.WriteAllText(Path, "content");

        Assert.AreEqual($"content of {Path}", SavedFile.Read(Path, ReadAll));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Read_LinkToAFile_IsFollowed()
    {
        string target = System.IO.Path.Combine(_folder.FullName, "elsewhere");
        File.WriteAllText(target, "content");
        File.CreateSymbolicLink(Path, target);

        Assert.AreEqual($"content of {Path}", SavedFile.Read(Path, ReadAll));
    }

    [TestMethod]
    public void Read_NoFile_SaysSo()
    {
        Assert.AreEqual($"The saved model lacks '{Path}'.", Refusal(Path));
        string below = System.IO.Path.Combine(Path, "config.json");
        Assert.AreEqual($"The saved model lacks '{below}'.", Refusal(below));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    [Timeout(60_000)]
    [DataRow("mkfifo \"$0\"", DisplayName = "pipe")]
    [DataRow("ln -s /dev/zero \"$0\"", DisplayName = "device without an end")]
    [DataRow("ln -s /dev/null \"$0\"", DisplayName = "device without content")]
    [DataRow("mkdir \"$0\"", DisplayName = "folder")]
    [DataRow("ln -s / \"$0\"", DisplayName = "link to a folder")]
    [DataRow(": > \"$0\"", DisplayName = "empty file")]
    public void Read_NoFileWithContent_IsRefusedUnread(string make)
    {
        using (var shell = Process.Start("sh", ["-c", make, Path]))
        {
            shell.WaitForExit();
            Assert.AreEqual(0, shell.ExitCode);
        }

        Assert.AreEqual($"'{Path}' is no file with content: it is empty, or a folder, a pipe or a device.", Refusal(Path));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Read_LinkThatLeadsToItself_IsAnError()
    {
        File.CreateSymbolicLink(Path, Path);

        Assert.AreEqual($"'{Path}' cannot be opened: Too many levels of symbolic links.", Assert.ThrowsExactly<IOException>(() => SavedFile.Read(Path, ReadAll)).Message);
    }

    [TestMethod]
    public void ReadSettings_LongestFile_IsRead() =>
        Assert.HasCount(SavedFile.LargestSettings, SavedFile.ReadSettings(new MemoryStream(new byte[SavedFile.LargestSettings]), "config.json", "a configuration"));

    [TestMethod]
    public void ReadSettings_LongerFile_IsRefusedInLittleMemory()
    {
        using var file = new RepeatingStream("", " ", "", 3L << 30);
        long before = GC.GetAllocatedBytesForCurrentThread();

        var error = Assert.ThrowsExactly<ModelFormatException>(() => SavedFile.ReadSettings(file, "config.json", "a configuration"));

        Assert.AreEqual("'config.json' is longer than a configuration can be (1,048,576 bytes).", error.Message);
        Assert.IsLessThan(4_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static string ReadAll(Stream stream, string path)
    {
        using var reader = new StreamReader(stream);
        return $"{reader.ReadToEnd()} of {path}";
    }

    private static string Refusal(string path) => Assert.ThrowsExactly<ModelFormatException>(() => SavedFile.Read(path, ReadAll)).Message;
}
