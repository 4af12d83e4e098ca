using System.Diagnostics;

namespace Dtic.Transforms.Tests;

[TestClass]
public sealed class RegularFileTests
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("dtic");

    private string Path => System.IO.Path.Combine(_folder.FullName, "config.json");

    [TestCleanup]
    public void DeleteFolder() => _folder.Delete(recursive: true);

    [TestMethod]
    public void Open_File_GivesItsContent()
    {
        File.WriteAllText(Path, "content");

        Assert.AreEqual("content", Read(Path));
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Open_LinkToAFile_IsFollowed()
    {
        string target = System.IO.Path.Combine(_folder.FullName, "elsewhere");
        File.WriteAllText(target, "content");
        File.CreateSymbolicLink(Path, target);

        Assert.AreEqual("content", Read(Path));
    }

    [TestMethod]
    public void Open_NoFile_GivesNull()
    {
        Assert.IsNull(RegularFile.Open(Path));
        File.WriteAllText(Path, "content");
        Assert.IsNull(RegularFile.Open(System.IO.Path.Combine(Path, "config.json")));
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
    public void Open_NoFileWithContent_IsRefusedUnread(string make)
    {
        using (var shell = Process.Start("sh", ["-c", make, Path]))
        {
            shell.WaitForExit();
            Assert.AreEqual(0, shell.ExitCode);
        }

        Assert.AreEqual($"'{Path}' is no file with content: it is empty, or a folder, a pipe or a device.", Assert.ThrowsExactly<ModelFormatException>(() => RegularFile.Open(Path)).Message);
    }

    [TestMethod]
    [OSCondition(ConditionMode.Exclude, OperatingSystems.Windows)]
    public void Open_LinkThatLeadsToItself_IsAnError()
    {
        File.CreateSymbolicLink(Path, Path);

        Assert.AreEqual($"'{Path}' cannot be opened: Too many levels of symbolic links.", Assert.ThrowsExactly<IOException>(() => RegularFile.Open(Path)).Message);
    }

    private static string Read(string path)
    {
        using var reader = new StreamReader(RegularFile.Open(path)!);
        return reader.ReadToEnd();
    }
}
