using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Loader;
using System.Runtime.Versioning;
using TorchSharp;

namespace Dtic.MLNet.Interop;

/// <summary>Loads torch's native library, also on Linux systems whose libstdc++ is older than TorchSharp's build.</summary>
/// <remarks>
/// TorchSharp 0.107.0's library for Linux demands GLIBCXX_3.4.32 for one symbol, a marker that the linker of GCC 13
/// leaves and nothing calls. Debian 12 and Ubuntu 22.04 end at 3.4.30 and refuse the library, although it runs there.
/// So a copy that makes the demand weak is loaded in its place, from memory. To be dropped with the first TorchSharp
/// that is built for older systems.
/// </remarks>
internal static class TorchLibrary
{
    internal const string MissingVersion = "GLIBCXX_3.4.32";

    private const string Name = "LibTorchSharp";

    // In the order in which they need each other. The copy lies in no folder, so it finds them only when they are loaded.
    private static readonly string[] Dependencies =
        ["libc10.so", "libtorch_cpu.so", "libc10_cuda.so", "libtorch_cuda.so", "libtorch.so"];

    private static readonly Lock Loading = new();
    private static nint _handle;
    private static volatile bool _loaded;

    /// <summary>TorchSharp's native library as a file name of this system.</summary>
    internal static string FileName => FileNameOf(Name);

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Torch must load also when the user's code calls it first.")]
    internal static void Initialize()
    {
        var context = AssemblyLoadContext.GetLoadContext(typeof(TorchLibrary).Assembly);
        (context ?? AssemblyLoadContext.Default).ResolvingUnmanagedDll += Resolve;
    }

    /// <summary>Loads torch; to be called before the first use of it.</summary>
    /// <exception cref="TorchUnavailableException">Torch cannot be loaded.</exception>
    public static void EnsureLoaded()
    {
        if (_loaded)
        {
            return;
        }

        // The library comes before TorchSharp's type initializer. That one, where it fails, blames a missing package
        // whatever the cause, prints so on the console, copies half a gigabyte of libraries that it finds in the NuGet
        // cache into the application's folder, and stays failed as long as the process lives.
        if (!NativeLibrary.TryLoad(Name, typeof(torch).Assembly, null, out _))
        {
            LoadOrExplain();
        }

        try
        {
            RuntimeHelpers.RunClassConstructor(typeof(torch).TypeHandle);
        }
        catch (TypeInitializationException exception)
        {
            throw new TorchUnavailableException(
                "Torch cannot be loaded: TorchSharp failed to start before Dtic.MLNet was first used, and .NET does not start it twice in one "
                + "process. Use Dtic.MLNet (creating its trainer is enough) before the first call to TorchSharp.",
                exception);
        }

        _loaded = true;
    }

    /// <summary>Folders that may hold native libraries, those that .NET searches first.</summary>
    internal static List<string> SearchFolders()
    {
        var known = AppContext.GetData("NATIVE_DLL_SEARCH_DIRECTORIES") as string ?? "";
        string[] candidates =
        [
            .. known.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
            AppContext.BaseDirectory,
            Path.Combine(AppContext.BaseDirectory, "runtimes", Platform(), "native"),
        ];
        return [.. candidates.Select(Path.TrimEndingDirectorySeparator).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The first of the folders' files with that name, or <see langword="null"/>.</summary>
    internal static string? Find(IEnumerable<string> folders, string fileName) =>
        folders.Select(folder => Path.Combine(folder, fileName)).FirstOrDefault(File.Exists);

    private static nint Resolve(Assembly assembly, string libraryName)
    {
        if (!string.Equals(libraryName, Name, StringComparison.Ordinal))
        {
            return 0;
        }

        try
        {
            return Load(SearchFolders());
        }
        catch (Exception exception) when (IsLoadError(exception))
        {
            return 0; // .NET goes on and reports that the library was not found; EnsureLoaded says why.
        }
    }

    private static void LoadOrExplain()
    {
        var folders = SearchFolders();
        try
        {
            Load(folders);
        }
        catch (Exception exception) when (IsLoadError(exception))
        {
            var failure = new TorchLoadFailure(
                Platform(),
                typeof(torch).Assembly.GetName().Version!.ToString(fieldCount: 3),
                folders,
                Find(folders, FileName),
                Find(folders, FileNameOf("torch_cpu")),
                TorchLoadFailure.WordsOf(exception));
            throw new TorchUnavailableException(failure.Describe(), exception);
        }
    }

    private static nint Load(List<string> folders)
    {
        lock (Loading) // Two copies of the library in one process would each have their own state.
        {
            if (_handle == 0)
            {
                var path = Find(folders, FileName) ?? throw new DllNotFoundException($"{FileName} was not found.");
                _handle = LoadFrom(path, folders);
            }

            return _handle;
        }
    }

    private static nint LoadFrom(string path, List<string> folders)
    {
        try
        {
            return NativeLibrary.Load(path);
        }
        catch (DllNotFoundException exception) when (OperatingSystem.IsLinux()
            && exception.Message.Contains(MissingVersion, StringComparison.Ordinal))
        {
            var library = File.ReadAllBytes(path);
            if (!ElfVersionNeeds.TryWeaken(library, MissingVersion))
            {
                throw;
            }

            foreach (var dependency in Dependencies)
            {
                if (Find(folders, dependency) is { } found)
                {
                    NativeLibrary.Load(found);
                }
            }

            return LoadCopy(library, exception);
        }
    }

    [SupportedOSPlatform("linux")]
    private static nint LoadCopy(byte[] library, DllNotFoundException refusal)
    {
        try
        {
            return MemoryLibrary.Load(FileName, library);
        }
        catch (Exception exception) when (IsLoadError(exception) && !TorchLoadFailure.AsksForNewerRuntime(exception.Message))
        {
            throw new DllNotFoundException(
                $"{TorchLoadFailure.WordsOf(refusal)}; {TorchLoadFailure.NoCopy}: {TorchLoadFailure.WordsOf(exception)}", exception);
        }
    }

    private static bool IsLoadError(Exception exception) => exception
        is DllNotFoundException or BadImageFormatException or IOException or UnauthorizedAccessException;

    private static string FileNameOf(string library) =>
        OperatingSystem.IsWindows() ? $"{library}.dll"
        : OperatingSystem.IsMacOS() ? $"lib{library}.dylib"
        : $"lib{library}.so";

    private static string Platform()
    {
        var system = OperatingSystem.IsWindows() ? "win"
            : OperatingSystem.IsMacOS() ? "osx"
            : RuntimeInformation.RuntimeIdentifier.Contains("musl", StringComparison.Ordinal) ? "linux-musl"
            : "linux";
        return $"{system}-{RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant()}";
    }
}
