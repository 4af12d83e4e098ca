using Dtic.MLNet.Interop;

namespace Dtic.MLNet.Tests.Interop;

[TestClass]
public sealed class TorchLoadFailureTests
{
    private static readonly TorchLoadFailure Complete = new(
        "linux-x64", "0.107.0", ["/app", "/app/runtimes/linux-x64/native"], "/app/libLibTorchSharp.so", "/app/libtorch_cpu.so", "words");

    [TestMethod]
    public void Describe_PlatformWithoutPackage_NamesThePlatforms() => Assert.AreEqual(
        "Torch cannot be loaded: TorchSharp 0.107.0 has no native package for linux-arm64. Run the application on linux-x64 (with glibc), win-x64 or osx-arm64, "
        + "in a process of that architecture.",
        (Complete with { Platform = "linux-arm64", TorchPath = null, LibraryPath = null }).Describe());

    [TestMethod]
    public void Describe_NoTorch_NamesThePackage() => Assert.AreEqual(
        "Torch cannot be loaded: the application has no native torch library for linux-x64. Add the package TorchSharp-cpu 0.107.0 to the application's project "
        + "(for CUDA: TorchSharp-cuda-linux or TorchSharp-cuda-windows 0.107.0), and build or publish it for linux-x64. "
        + "Searched: /app, /app/runtimes/linux-x64/native.",
        (Complete with { TorchPath = null }).Describe());

    [TestMethod]
    public void Describe_TorchWithoutTorchSharp_NamesThePackage() => Assert.AreEqual(
        "Torch cannot be loaded: /app/libtorch_cpu.so is there, but TorchSharp's own native library is not. It belongs to the package TorchSharp 0.107.0: "
        + "build or publish the application again for linux-x64. Searched: /app, /app/runtimes/linux-x64/native.",
        (Complete with { LibraryPath = null }).Describe());

    [TestMethod]
    [DataRow("version `GLIBCXX_3.4.30' not found")]
    [DataRow("version `GLIBC_2.34' not found")]
    [DataRow("version `CXXABI_1.3.13' not found")]
    public void Describe_RuntimeTooOld_NamesNewerSystems(string words) => Assert.AreEqual(
        $"Torch cannot be loaded: this system's C or C++ runtime is too old for /app/libLibTorchSharp.so ({words}). Use a newer system, such as Ubuntu 24.04 or "
        + "Debian 13, or put the folder of a newer libstdc++.so.6 first in LD_LIBRARY_PATH.",
        (Complete with { LoaderWords = words }).Describe());

    [TestMethod]
    public void Describe_NoFilesInMemory_SaysThatTheyWouldHelp() => Assert.AreEqual(
        "Torch cannot be loaded: this system's C or C++ runtime is too old for /app/libLibTorchSharp.so (version `GLIBCXX_3.4.32' not found; a copy that does not "
        + "ask for it could not be loaded from memory: memfd_create: Operation not permitted). Use a newer system, such as Ubuntu 24.04 or Debian 13, or put the "
        + "folder of a newer libstdc++.so.6 first in LD_LIBRARY_PATH, or let the process call memfd_create and see /proc.",
        (Complete with { LoaderWords = $"version `GLIBCXX_3.4.32' not found; {TorchLoadFailure.NoCopy}: memfd_create: Operation not permitted" }).Describe());

    [TestMethod]
    public void Describe_AnythingElse_GivesTheLoadersWords() => Assert.AreEqual(
        "Torch cannot be loaded: /app/libLibTorchSharp.so is there, but loading it failed: libgomp.so.1: cannot open shared object file. Install what is missing. "
        + "If it is a part of torch, its files are incomplete or of different versions: restore TorchSharp-cpu (or TorchSharp-cuda-*) 0.107.0 and build again.",
        (Complete with { LoaderWords = "libgomp.so.1: cannot open shared object file" }).Describe());

    [TestMethod]
    [DataRow("General advice: \nlibgomp.so.1: no such file\n", "libgomp.so.1: no such file", DisplayName = "Linux")]
    [DataRow("General advice: \none\ntwo\n", "one; two", DisplayName = "macOS, two places tried")]
    [DataRow("Unable to load DLL 'x': not found. (0x8007007E)", "Unable to load DLL 'x': not found. (0x8007007E)", DisplayName = "Windows")]
    [DataRow("Access to 'x' is denied.", "Access to 'x' is denied", DisplayName = "a sentence to go on from")]
    public void WordsOf_LoadError_LeavesTheGeneralAdviceOut(string message, string expected) =>
        Assert.AreEqual(expected, TorchLoadFailure.WordsOf(new DllNotFoundException(message)));
}
