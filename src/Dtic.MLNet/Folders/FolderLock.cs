using Dtic.MLNet.Interop;

namespace Dtic.MLNet.Folders;

/// <summary>Lets one save at a time into a folder.</summary>
internal static class FolderLock
{
    public const string Name = "dtic-saving.lock";

    /// <summary>Waits for the folder, and holds it until disposal or the end of the process, however it ends.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="patience">How long to wait for another save.</param>
    /// <exception cref="IOException">Another save takes longer than that, or the folder cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public static IDisposable Take(string folder, TimeSpan patience)
    {
        string path = Path.Combine(folder, Name);
        if (new FileInfo(path).LinkTarget is not null) throw new IOException($"'{path}' is a link, through which nothing is written. Delete it.");
        long start = Environment.TickCount64;
        while (true)
        {
            try
            {
                return Open(path);
            }
            catch (IOException exception) when (LockedFile.IsLocked(exception))
            {
                if (Environment.TickCount64 - start >= patience.TotalMilliseconds)
                    throw new IOException(FormattableString.Invariant($"Another save has been at work there for {patience.TotalMinutes:0} minutes."), exception);
            }

            Thread.Sleep(Random.Shared.Next(1, 10));
        }
    }

    /// <summary>
    /// The operating system's own lock on an open file: nothing but a file without a lock outlives a killed process, and the next save takes it over. One that another user
    /// left is only read, which its lock does not mind.
    /// </summary>
    private static FileStream Open(string path)
    {
        try
        {
            return Open(path, FileAccess.ReadWrite);
        }
        catch (UnauthorizedAccessException) when (File.Exists(path))
        {
            return Open(path, FileAccess.Read);
        }
    }

    // With this mode alone .NET opens again what another save deleted before this one had its lock: in another, two saves would hold two files of the name.
    private static FileStream Open(string path, FileAccess access) => new(path, FileMode.OpenOrCreate, access, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
}
