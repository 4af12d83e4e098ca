using System.Diagnostics;
using System.Runtime.Loader;
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
        if (OpenFiles.Named(TorchLibrary.FileName) is not [var loaded])
        {
            Assert.Inconclusive($"This system loads {original} itself.");
            return;
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
    public void EnsureLoaded_OtherLoadContexts_ShareOneCopy()
    {
        TorchLibrary.EnsureLoaded();
        string before = string.Join(' ', OpenFiles.Named(TorchLibrary.FileName));

        Parallel.For(0, 4, _ =>
        {
            var context = new AssemblyLoadContext(name: null);
            context.Resolving += (_, name) => Path.Combine(AppContext.BaseDirectory, $"{name.Name}.dll") is var path && File.Exists(path) ? context.LoadFromAssemblyPath(path) : null;
            var library = context.LoadFromAssemblyPath(typeof(TorchLibrary).Assembly.Location).GetType(typeof(TorchLibrary).FullName!)!;
            library.GetMethod(nameof(TorchLibrary.EnsureLoaded))!.Invoke(null, null);
            var other = context.LoadFromAssemblyPath(typeof(torch).Assembly.Location).GetType(typeof(torch).FullName!)!;
            Assert.AreNotSame(typeof(torch), other);
            Assert.IsNotNull(other.GetMethod(nameof(torch.get_num_threads))!.Invoke(null, null));
        });

        Assert.AreEqual(before, string.Join(' ', OpenFiles.Named(TorchLibrary.FileName)));
    }

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void EnsureLoaded_NothingThatIsWritableMayBeExecuted_TorchComputes()
    {
        using var folder = new TemporaryFolder();
        // A file system of its own, not executable, stands for /tmp and the home folder; everything else is read-only.
        const string Script = "mount -t tmpfs -o noexec tmpfs \"$0\" && mount -o remount,bind,ro / && exec \"$@\"";
        if (RunShell(folder, Script, "true").Code != 0)
        {
            Assert.Inconclusive("This system lets the user mount nothing.");
        }

        var (code, output) = RunShell(folder, Script, ChildProgram.Host, ChildProgram.PathOf("TrainModel.dll"), "1", folder["weights"]);

        Assert.AreEqual(0, code, output);
        Assert.Contains("step 1\n", output);
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

    private static (int Code, string Output) RunShell(TemporaryFolder folder, string script, params string[] command)
    {
        var start = new ProcessStartInfo("unshare", ["--map-root-user", "--mount", "sh", "-c", script, folder.Path, .. command])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["TMPDIR"] = folder.Path, ["HOME"] = folder.Path, ["XDG_CACHE_HOME"] = folder.Path },
        };
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, output + errors.Result);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return (-1, exception.Message);
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
