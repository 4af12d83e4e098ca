namespace Dtic.MLNet.Interop;

/// <summary>What was found when torch could not be loaded, and how to say it with its cure.</summary>
/// <param name="Platform">Operating system and architecture of this process, such as linux-x64.</param>
/// <param name="TorchSharpVersion">Version of the managed TorchSharp, which the native packages must share.</param>
/// <param name="SearchedFolders">Where native libraries were looked for.</param>
/// <param name="LibraryPath">TorchSharp's own native library, or <see langword="null"/> when there is none.</param>
/// <param name="TorchPath">Torch itself, or <see langword="null"/> when there is none.</param>
/// <param name="LoaderWords">What the system's loader reported.</param>
internal sealed record TorchLoadFailure(
    string Platform,
    string TorchSharpVersion,
    IReadOnlyList<string> SearchedFolders,
    string? LibraryPath,
    string? TorchPath,
    string LoaderWords)
{
    /// <summary>Words of the loader that say why the copy for older systems does not serve.</summary>
    public const string NoCopy = "a copy that does not ask for it could not be loaded from memory";

    private static readonly string[] Platforms = ["linux-x64", "win-x64", "osx-arm64"];

    /// <summary>Names the cause and the cure.</summary>
    public string Describe() => "Torch cannot be loaded: " + this switch
    {
        _ when !Platforms.Contains(Platform, StringComparer.Ordinal) =>
            $"TorchSharp {TorchSharpVersion} has no native package for {Platform}. Run the application on "
            + "linux-x64 (with glibc), win-x64 or osx-arm64, in a process of that architecture.",
        { TorchPath: null } =>
            $"the application has no native torch library for {Platform}. Add the package TorchSharp-cpu "
            + $"{TorchSharpVersion} to the application's project (for CUDA: TorchSharp-cuda-linux or "
            + $"TorchSharp-cuda-windows {TorchSharpVersion}), and build or publish it for {Platform}. "
            + $"Searched: {string.Join(", ", SearchedFolders)}.",
        { LibraryPath: null } =>
            $"{TorchPath} is there, but TorchSharp's own native library is not. It belongs to the package TorchSharp "
            + $"{TorchSharpVersion}: build or publish the application again for {Platform}. "
            + $"Searched: {string.Join(", ", SearchedFolders)}.",
        _ when AsksForNewerRuntime(LoaderWords) =>
            $"this system's C or C++ runtime is too old for {LibraryPath} ({LoaderWords}). Use a newer system, such "
            + "as Ubuntu 24.04 or Debian 13, or put the folder of a newer libstdc++.so.6 first in LD_LIBRARY_PATH"
            + (LoaderWords.Contains(NoCopy, StringComparison.Ordinal) ? ", or let the process call memfd_create and see /proc." : "."),
        _ =>
            $"{LibraryPath} is there, but loading it failed: {LoaderWords}. Install what is missing. If it is a part "
            + $"of torch, its files are incomplete or of different versions: restore TorchSharp-cpu (or "
            + $"TorchSharp-cuda-*) {TorchSharpVersion} and build again.",
    };

    /// <summary>The part of a load error that is specific: .NET opens it with a line of general advice.</summary>
    public static string WordsOf(Exception loadError)
    {
        var lines = loadError.Message.Split(
            '\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return string.Join("; ", lines.Length > 1 ? lines[1..] : lines).TrimEnd('.');
    }

    /// <summary>Whether the loader misses a version of the C or C++ runtime.</summary>
    public static bool AsksForNewerRuntime(string words) =>
        words.Contains("GLIBCXX_", StringComparison.Ordinal)
        || words.Contains("GLIBC_", StringComparison.Ordinal)
        || words.Contains("CXXABI_", StringComparison.Ordinal);
}
