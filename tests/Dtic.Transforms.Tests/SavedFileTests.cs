namespace Dtic.Transforms.Tests;

[TestClass]
public sealed class SavedFileTests
{
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
}
