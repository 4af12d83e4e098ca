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
        long start = Environment.TickCount64;
        while (true)
        {
            try
            {
                // The operating system's own lock on an open file: nothing but a file without a lock outlives a killed process, and the next save takes it over.
                // .NET opens again what another save deleted before this one had its lock.
                return new FileStream(Path.Combine(folder, Name), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, bufferSize: 0, FileOptions.DeleteOnClose);
            }
            catch (IOException exception) when (IsLocked(exception))
            {
                if (Environment.TickCount64 - start >= patience.TotalMilliseconds)
                    throw new IOException(FormattableString.Invariant($"Another save has been at work there for {patience.TotalMinutes:0} minutes."), exception);
            }

            Thread.Sleep(Random.Shared.Next(1, 10));
        }
    }

    /// <summary>Whether the operating system said that the file is locked: EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.</summary>
    private static bool IsLocked(IOException exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
