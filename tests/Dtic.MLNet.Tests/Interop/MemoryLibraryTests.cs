using System.Diagnostics;
using System.Runtime.Versioning;
using Dtic.MLNet.Interop;

namespace Dtic.MLNet.Tests.Interop;

[TestClass]
[OSCondition(OperatingSystems.Linux)]
[SupportedOSPlatform("linux")]
public sealed class MemoryLibraryTests
{
    /// <summary>A tiny library that needs nothing but what EnsureLoaded has loaded.</summary>
    private static byte[] Library
    {
        get
        {
            TorchLibrary.EnsureLoaded();
            return File.ReadAllBytes(TorchLibrary.Find(TorchLibrary.SearchFolders(), "libtorch.so")!);
        }
    }

    [TestMethod]
    public void Load_LibraryOfAnotherPlace_IsMappedFromMemory()
    {
        byte[] library = Library;

        Assert.AreNotEqual(0, MemoryLibrary.Load("mapped.so", library));

        Assert.Contains("/memfd:mapped.so (deleted)", File.ReadAllText("/proc/self/maps"));
        CollectionAssert.AreEqual(library, File.ReadAllBytes(OpenFiles.Named("mapped.so").Single()));
    }

    [TestMethod]
    public void Load_AnotherProcessOfTheUserChangesTheFile_IsRefused()
    {
        byte[] library = Library;
        MemoryLibrary.Load("sealed.so", library);
        string file = OpenFiles.Named("sealed.so").Single();
        string path = file.Replace("self", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);

        foreach (string attack in new[] { $"printf evil >> {path}", $"printf evil 1<> {path}", $": > {path}", $"truncate -s 10 {path}" })
        {
            using var process = Process.Start(new ProcessStartInfo("sh", ["-c", attack]) { RedirectStandardError = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            Assert.AreNotEqual(0, process.ExitCode, attack);
        }

        CollectionAssert.AreEqual(library, File.ReadAllBytes(file));
    }

    [TestMethod]
    public void Load_ChildProcess_InheritsNoFile()
    {
        MemoryLibrary.Load("inherited.so", Library);

        using var process = Process.Start(new ProcessStartInfo("ls", ["-l", "/proc/self/fd"]) { RedirectStandardOutput = true })!;
        string files = process.StandardOutput.ReadToEnd();

        Assert.Contains("/proc/", files);
        Assert.DoesNotContain("memfd", files);
    }

    [TestMethod]
    public void Load_OneAfterTheOther_NeverGivesTheOneBefore()
    {
        byte[] library = Library;

        Assert.AreNotEqual(MemoryLibrary.Load("first.so", library), MemoryLibrary.Load("second.so", library));
    }

    [TestMethod]
    public void Load_NoLibrary_ThrowsAndLeavesNoFileOpen()
    {
        var exception = Assert.ThrowsExactly<DllNotFoundException>(() => MemoryLibrary.Load("broken.so", [1, 2, 3]));

        Assert.Contains("/proc/self/fd/", exception.Message);
        Assert.IsEmpty(OpenFiles.Named("broken.so"));
    }
}
