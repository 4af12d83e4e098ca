namespace Dtic.MLNet.Tests.Interop;

/// <summary>Files in memory that this process holds open.</summary>
internal static class OpenFiles
{
    /// <summary>Paths under which this process reaches those of that name.</summary>
    public static string[] Named(string name) =>
        [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Where(file => new FileInfo(file).LinkTarget == $"/memfd:{name} (deleted)").Order(StringComparer.Ordinal)];
}
