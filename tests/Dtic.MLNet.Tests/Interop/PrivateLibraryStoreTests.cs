using System.Runtime.Versioning;
using Dtic.MLNet.Interop;

namespace Dtic.MLNet.Tests.Interop;

[TestClass]
[OSCondition(OperatingSystems.Linux)]
[SupportedOSPlatform("linux")]
public sealed class PrivateLibraryStoreTests
{
    private const string FileName = "library.so";
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private static readonly byte[] Content = [1, 2, 3];

    // The temporary folder will not do: everybody may write to its parent, and the store refuses it for that.
    private readonly string _cache = Path.Combine(PrivateLibraryStore.UserCacheFolder()!, $"dtic-tests-{Guid.NewGuid():N}");

    private string Own => Path.Combine(_cache, "dtic");

    [TestInitialize]
    public void NeedAPrivateHome()
    {
        if (!PrivateLibraryStore.IsPrivate(Directory.CreateDirectory(_cache, OwnerOnly)))
        {
            Assert.Inconclusive($"{_cache} is not private to the user.");
        }
    }

    [TestCleanup]
    public void DeleteCache() => Directory.Delete(_cache, recursive: true);

    [TestMethod]
    public void TryStore_NewContent_WritesFileAndFoldersForTheOwnerOnly()
    {
        var path = PrivateLibraryStore.TryStore(_cache, FileName, Content);

        // SHA-256 of the bytes 1, 2, 3.
        Assert.AreEqual(Path.Combine(Own, "039058c6f2c0cb492c533b0a4d14ef77cc0f78abccced5287d84a1a2011cfb81", FileName), path);
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path!));
        foreach (var entry in Directory.EnumerateFileSystemEntries(_cache, "*", SearchOption.AllDirectories))
        {
            Assert.AreEqual(OwnerOnly, new FileInfo(entry).UnixFileMode, entry);
        }
    }

    [TestMethod]
    public void TryStore_ContentAlreadyThere_LeavesTheFileAlone()
    {
        var path = PrivateLibraryStore.TryStore(_cache, FileName, Content)!;
        File.SetLastWriteTimeUtc(path, DateTime.UnixEpoch);

        Assert.AreEqual(path, PrivateLibraryStore.TryStore(_cache, FileName, Content));
        Assert.AreEqual(DateTime.UnixEpoch, File.GetLastWriteTimeUtc(path));
    }

    [TestMethod]
    [DataRow(new byte[0], DisplayName = "emptied")]
    [DataRow(new byte[] { 1, 2 }, DisplayName = "cut short")]
    [DataRow(new byte[] { 1, 2, 4 }, DisplayName = "one byte changed")]
    public void TryStore_CopyDamaged_ReplacesIt(byte[] damaged)
    {
        var path = PrivateLibraryStore.TryStore(_cache, FileName, Content)!;
        File.WriteAllBytes(path, damaged);

        Assert.AreEqual(path, PrivateLibraryStore.TryStore(_cache, FileName, Content));
        CollectionAssert.AreEqual(Content, File.ReadAllBytes(path));
    }

    [TestMethod]
    public void TryStore_ManyAtOnce_AllGetTheWholeFileAndNothingIsLeftBeside()
    {
        var content = new byte[1 << 20];
        new Random(3).NextBytes(content);

        Parallel.For(0, 32, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            var path = PrivateLibraryStore.TryStore(_cache, FileName, content);
            CollectionAssert.AreEqual(content, File.ReadAllBytes(path!));
        });

        Assert.HasCount(1, Directory.GetFiles(_cache, "*", SearchOption.AllDirectories));
    }

    [TestMethod]
    [DataRow(UnixFileMode.GroupRead)]
    [DataRow(UnixFileMode.GroupWrite)]
    [DataRow(UnixFileMode.OtherWrite)]
    [DataRow(UnixFileMode.OtherExecute)]
    public void TryStore_FolderOpenToOthers_IsRefused(UnixFileMode others)
    {
        Directory.CreateDirectory(Own);
        File.SetUnixFileMode(Own, OwnerOnly | others);

        AssertRefused(_cache);
    }

    [TestMethod]
    public void TryStore_ParentOpenToEverybody_IsRefused()
    {
        File.SetUnixFileMode(_cache, OwnerOnly | UnixFileMode.OtherWrite | UnixFileMode.StickyBit);

        AssertRefused(_cache);
    }

    [TestMethod]
    public void TryStore_FolderIsALink_IsRefused()
    {
        var elsewhere = Directory.CreateDirectory(Path.Combine(_cache, "elsewhere"), OwnerOnly);
        Directory.CreateSymbolicLink(Own, elsewhere.FullName);

        AssertRefused(_cache);
    }

    [TestMethod]
    public void TryStore_FolderCannotBeMade_IsRefused()
    {
        var file = Path.Combine(_cache, "file");
        File.WriteAllText(file, "");

        AssertRefused(file);
    }

    [TestMethod]
    public void Load_NoCacheFolder_LoadsFromATemporaryFolderAndRemovesIt()
    {
        TorchLibrary.EnsureLoaded();
        // A tiny library that needs nothing but what EnsureLoaded has loaded.
        var library = File.ReadAllBytes(TorchLibrary.Find(TorchLibrary.SearchFolders(), "libtorch.so")!);

        Assert.AreNotEqual(0, PrivateLibraryStore.Load(cacheFolder: null, FileName, library));
        var mapped = File.ReadLines("/proc/self/maps").First(line => line.Contains($"/{FileName}", StringComparison.Ordinal));
        Assert.EndsWith("(deleted)", mapped);
        Assert.IsFalse(Directory.Exists(Path.GetDirectoryName(mapped[mapped.IndexOf('/', StringComparison.Ordinal)..])));
    }

    private static void AssertRefused(string cacheFolder)
    {
        Assert.IsNull(PrivateLibraryStore.TryStore(cacheFolder, FileName, Content));
        var written = Directory.Exists(cacheFolder) ? Directory.GetFiles(cacheFolder, FileName, SearchOption.AllDirectories) : [];
        Assert.IsEmpty(written);
    }
}
