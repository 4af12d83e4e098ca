using System.Globalization;
using System.Text.RegularExpressions;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>
/// The files of one training, held by one process at a time. A checkpoint is written beside its place, flushed to the disk and moved there; only then is the
/// oldest deleted, so that two whole ones remain: should the newest be damaged, the one before it serves. The best weights so far stand in each.
/// </summary>
internal sealed partial class CheckpointFolder : IDisposable
{
    private const int Kept = 2;
    private const string LockName = "checkpoint.lock", FreshName = "checkpoint.tmp";

    private readonly FileStream _lock;

    private CheckpointFolder(string path, FileStream @lock)
    {
        Path = path;
        _lock = @lock;
    }

    /// <summary>The full path.</summary>
    public string Path { get; }

    /// <summary>Makes the folder if need be, and locks it until disposal or the end of the process, however it ends.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="resume">Whether checkpoints may stand in it already.</param>
    /// <exception cref="InvalidOperationException">Checkpoints stand in it that are not to be resumed.</exception>
    /// <exception cref="IOException">Another training holds the folder, or it cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public static CheckpointFolder Open(string path, bool resume)
    {
        path = System.IO.Path.GetFullPath(path);
        var folder = Lock(path);
        if (resume || folder.Files().Count == 0) return folder;
        folder.Dispose();
        throw new InvalidOperationException(
            $"CheckpointFolder '{path}' holds '{System.IO.Path.GetFileName(folder.Files()[0])}'. Set ResumeFromCheckpoint to go on from it; to begin anew, delete the folder or choose another one.");
    }

    /// <summary>The checkpoints, the newest first.</summary>
    public IReadOnlyList<string> Files() =>
    [
        .. Directory.EnumerateFiles(Path, "checkpoint-*.dtic").Where(file => NamePattern().IsMatch(System.IO.Path.GetFileName(file)))
            .OrderByDescending(System.IO.Path.GetFileName, StringComparer.Ordinal),
    ];

    /// <summary>Writes the checkpoint of a step, then deletes all but this and the one before it: older ones, and those of later steps, which were damaged if the training is not there yet.</summary>
    /// <returns>The file.</returns>
    public string Save(int step, Action<Stream> write)
    {
        string file = At(string.Create(CultureInfo.InvariantCulture, $"checkpoint-{step:D10}.dtic"));
        Replace(file, write);
        string[] files = [.. Files()];
        int own = Array.IndexOf(files, file);
        for (int i = 0; i < files.Length; i++)
            if (i < own || i >= own + Kept) TryDelete(files[i]);
        return file;
    }

    public void Dispose() => _lock.Dispose();

    /// <summary>A checkpoint that stays does no harm; to say that none was saved would.</summary>
    private static void TryDelete(string file)
    {
        try
        {
            File.Delete(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static CheckpointFolder Lock(string path)
    {
        FileStream? held = null;
        try
        {
            Directory.CreateDirectory(path);
            // The operating system's own lock on an open file: nothing of it outlives a killed process. The file stays, for deleting it would race with another's opening.
            held = new FileStream(System.IO.Path.Combine(path, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            var folder = new CheckpointFolder(path, held);
            File.WriteAllBytes(folder.At(FreshName), [0]);   // a lock file of before would not show that the folder is read-only now
            File.Delete(folder.At(FreshName));
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string problem = held is null && IsLocked(e) ? "is in use by another training; each needs a folder of its own." : $"cannot be written: {e.Message}";
            held?.Dispose();
            string message = $"CheckpointFolder '{path}' {problem}";
            throw e is UnauthorizedAccessException ? new UnauthorizedAccessException(message, e) : new IOException(message, e);
        }
    }

    private string At(string name) => System.IO.Path.Combine(Path, name);

    private void Replace(string file, Action<Stream> write)
    {
        string fresh = At(FreshName);
        try
        {
            using (var stream = new FileStream(fresh, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20))
            {
                write(stream);
                // To the disk before the name points to it. .NET cannot flush the folder itself: a power failure may still bring back the old name, never a mixture.
                stream.Flush(flushToDisk: true);
            }
            File.Move(fresh, file, overwrite: true);
        }
        finally
        {
            File.Delete(fresh);   // does nothing once it was moved; else it would fill a full disk
        }
    }

    /// <summary>Whether the operating system said that the file is locked: EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.</summary>
    private static bool IsLocked(Exception e) => e.HResult is 11 or 35 or unchecked((int)0x80070020);

    [GeneratedRegex(@"^checkpoint-\d{10}\.dtic$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}
