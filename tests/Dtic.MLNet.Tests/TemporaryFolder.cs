namespace Dtic.MLNet.Tests;

/// <summary>A folder for the length of a test.</summary>
/// <param name="inMemory">Whether its file system should be in memory, where the system has one: flushing to a busy disk takes seconds.</param>
internal sealed class TemporaryFolder(bool inMemory = false) : IDisposable
{
    private const string Memory = "/dev/shm";

    public string Path { get; } = inMemory && Directory.Exists(Memory)
        ? Directory.CreateDirectory(System.IO.Path.Combine(Memory, $"dtic{Guid.NewGuid():N}")).FullName
        : Directory.CreateTempSubdirectory("dtic").FullName;

    public string this[string name] => System.IO.Path.Combine(Path, name);

    public string[] Names => [.. Directory.GetFileSystemEntries(Path).Select(entry => System.IO.Path.GetFileName(entry)).Order(StringComparer.Ordinal)];

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
