using Dtic.MLNet.Scoring;

namespace Dtic.MLNet.Tests.Scoring;

[TestClass]
public sealed class FolderSwapTests
{
    [TestMethod]
    public void Replace_ManyAtOnce_LeavesOneWholeFolderAndNothingElse()
    {
        using var folder = new TemporaryFolder();

        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 16 }, i =>
        {
            string fresh = folder[$"{i}.tmp"];
            Directory.CreateDirectory(fresh);
            foreach (string file in new[] { "a", "b" }) File.WriteAllText(Path.Combine(fresh, file), $"{i}");
            FolderSwap.Replace(folder["model"], fresh);
        });

        CollectionAssert.AreEqual(new[] { "model" }, folder.Names);
        Assert.AreEqual(File.ReadAllText(Path.Combine(folder["model"], "a")), File.ReadAllText(Path.Combine(folder["model"], "b")));
    }

    [TestMethod]
    public void Replace_FileInThePlace_ThrowsAndKeepsBoth()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder["model"], "precious");
        Directory.CreateDirectory(folder["fresh"]);

        Assert.Throws<IOException>(() => FolderSwap.Replace(folder["model"], folder["fresh"]));

        CollectionAssert.AreEqual(new[] { "fresh", "model" }, folder.Names);
    }
}
