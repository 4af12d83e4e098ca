using System.Diagnostics;
using Dtic.MLNet.Interop;
using TorchSharp;

namespace Dtic.MLNet.Tests.Interop;

[TestClass]
public sealed class TorchLibraryTests
{
    /// <summary>Set in processes that are to fail at loading torch: where to write what they said.</summary>
    internal const string ReportVariable = "DTIC_TESTS_TORCH_REPORT";

    [TestMethod]
    public void EnsureLoaded_OnThisSystem_TorchComputes()
    {
        TorchLibrary.EnsureLoaded();

        using var sum = torch.ones(3).sum();
        Assert.AreEqual(3f, sum.item<float>());
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void EnsureLoaded_OlderCppRuntime_RunsACopyThatDiffersInOneWeakFlag()
    {
        TorchLibrary.EnsureLoaded();
        var original = TorchLibrary.Find(TorchLibrary.SearchFolders(), TorchLibrary.FileName)!;
        var line = File.ReadLines("/proc/self/maps").First(line => line.Contains(TorchLibrary.FileName, StringComparison.Ordinal));
        var loaded = line[line.IndexOf('/', StringComparison.Ordinal)..];
        if (!File.Exists(loaded) || File.ResolveLinkTarget(loaded, returnFinalTarget: true) is not null || loaded == original)
        {
            Assert.Inconclusive($"This system loads {loaded}, and leaves no copy to compare.");
        }

        var bytes = File.ReadAllBytes(original);
        var copy = File.ReadAllBytes(loaded);
        Assert.HasCount(bytes.Length, copy);
        var changed = Enumerable.Range(0, bytes.Length).Where(i => bytes[i] != copy[i]).ToArray();
        Assert.HasCount(1, changed);
        Assert.AreEqual(bytes[changed[0]] | 2, copy[changed[0]]);
        Assert.IsTrue(ElfVersionNeeds.TryWeaken(bytes, TorchLibrary.MissingVersion));
        CollectionAssert.AreEqual(bytes, copy);
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    [DataRow("libtorch*,libc10*", "the application has no native torch library for linux-x64. Add the package TorchSharp-cpu 0.107.0 to the application's project "
        + "(for CUDA: TorchSharp-cuda-linux or TorchSharp-cuda-windows 0.107.0), and build or publish it for linux-x64. Searched: {0}, {1}, {2}.",
        DisplayName = "native package missing")]
    [DataRow("libLibTorchSharp.so", "{2}/libtorch_cpu.so is there, but TorchSharp's own native library is not. It belongs to the package TorchSharp 0.107.0: "
        + "build or publish the application again for linux-x64. Searched: {0}, {1}, {2}.", DisplayName = "TorchSharp's own library missing")]
    [DataRow("libgomp*", "{2}/libLibTorchSharp.so is there, but loading it failed: {3}: cannot open shared object file: "
        + "No such file or directory. Install what is missing. If it is a part of torch, its files are incomplete or of different versions: restore "
        + "TorchSharp-cpu (or TorchSharp-cuda-*) 0.107.0 and build again.", DisplayName = "a dependency missing")]
    public async Task EnsureLoaded_FilesMissing_SaysWhichAndWhatToDo(string missing, string expected)
    {
        // A process that loaded torch keeps it, so that this test runs itself in another one, in a folder without those files.
        if (Environment.GetEnvironmentVariable(ReportVariable) is { } report)
        {
            var exception = Assert.ThrowsExactly<TorchUnavailableException>(TorchLibrary.EnsureLoaded);
            Assert.IsInstanceOfType<DllNotFoundException>(exception.InnerException);
            await File.WriteAllTextAsync(report, exception.Message);
            return;
        }

        var folder = Directory.CreateTempSubdirectory("dtic-tests-");
        try
        {
            var (native, left) = CopyApplication(folder, missing.Split(','));
            var message = await RunInChild(folder, nameof(EnsureLoaded_FilesMissing_SaysWhichAndWhatToDo));
            var framework = Path.GetDirectoryName(typeof(object).Assembly.Location);
            Assert.AreEqual("Torch cannot be loaded: " + string.Format(null, expected, folder.FullName, framework, native, left), message);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <returns>The folder of the native libraries, and the first file left out of it.</returns>
    private static (string Native, string Left) CopyApplication(DirectoryInfo folder, string[] missing)
    {
        // Without the list of dependencies (.deps.json), which would stop the process before it starts.
        foreach (var file in Directory.EnumerateFiles(AppContext.BaseDirectory)
            .Where(file => file.EndsWith(".dll", StringComparison.Ordinal) || file.EndsWith(".runtimeconfig.json", StringComparison.Ordinal)))
        {
            File.Copy(file, Path.Combine(folder.FullName, Path.GetFileName(file)));
        }

        var native = folder.CreateSubdirectory("runtimes/linux-x64/native").FullName;
        var torch = Path.GetDirectoryName(TorchLibrary.Find(TorchLibrary.SearchFolders(), "libtorch_cpu.so"))!;
        var left = missing.SelectMany(pattern => Directory.EnumerateFiles(torch, pattern)).ToHashSet(StringComparer.Ordinal);
        Assert.IsNotEmpty(left);
        foreach (var file in Directory.EnumerateFiles(torch).Where(file => !left.Contains(file)))
        {
            File.CreateSymbolicLink(Path.Combine(native, Path.GetFileName(file)), file);
        }

        return (native, Path.GetFileName(left.First()));
    }

    private static async Task<string> RunInChild(DirectoryInfo folder, string test)
    {
        var report = Path.Combine(folder.FullName, "report.txt");
        var start = new ProcessStartInfo(
            Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet",
            [Path.Combine(folder.FullName, "Dtic.MLNet.Tests.dll"), "--filter", $"FullyQualifiedName~{test}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { [ReportVariable] = report },
        };
        using var child = Process.Start(start)!;
        var errors = child.StandardError.ReadToEndAsync();
        var output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.AreEqual(0, child.ExitCode, output + await errors);
        return await File.ReadAllTextAsync(report);
    }
}
