using System.Globalization;
using System.Text.RegularExpressions;
using Dtic.MLNet.Interop;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>
/// The files of one training, held by one process at a time. A checkpoint is written beside its place, flushed to the disk and moved there; only then is the
/// oldest deleted, so that two whole ones remain: should the newest be damaged, the one before it serves. The best weights so far stand in each.
/// </summary>
/// <remarks>Others may be able to write into the folder, and could plant a link there: nothing is written but into files that this made, under names that nobody can guess.</remarks>
internal sealed partial class CheckpointFolder : IDisposable
{
    private const int Kept = 2;
    private const string LockName = "checkpoint.lock";

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
        var folder = Lock(System.IO.Path.GetFullPath(path));
        try
        {
            folder.RequireNoneUnless(resume);
            return folder;
        }
        catch
        {
            folder.Dispose();
            throw;
        }
    }

    /// <summary>The folder of one of a trainer's runs, see <see cref="TrainerRuns"/>: this one, or one in it.</summary>
    /// <param name="run">The run's number, from 1.</param>
    /// <param name="resume">Whether checkpoints may stand in it already.</param>
    /// <inheritdoc cref="Open" path="/exception"/>
    public CheckpointFolder Of(int run, bool resume)
    {
        string path = TrainerRuns.Folder(Path, run);
        if (path != Path) return Open(path, resume);
        RequireNoneUnless(resume);
        return this;
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

    private void RequireNoneUnless(bool resume)
    {
        if (resume) return;
        string? left = Files() is [var newest, ..] ? newest : Directory.EnumerateDirectories(Path, "fit-*").SelectMany(run => Directory.EnumerateFiles(run, "checkpoint-*.dtic")).FirstOrDefault();
        if (left is not null)
        {
            throw new InvalidOperationException(
                $"CheckpointFolder '{Path}' holds '{System.IO.Path.GetRelativePath(Path, left)}'. Set ResumeFromCheckpoint to go on from it; to begin anew, delete the folder or choose another one.");
        }
    }

    /// <summary>A file that stays does no harm; to say that none was saved would.</summary>
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
            held = OpenLock(System.IO.Path.Combine(path, LockName));
            var folder = new CheckpointFolder(path, held);
            foreach (string left in Directory.EnumerateFiles(path, "checkpoint.*.tmp").Where(file => FreshPattern().IsMatch(System.IO.Path.GetFileName(file)))) TryDelete(left);
            string probe = folder.FreshFile();
            using (Create(probe)) { }   // a lock file of before would not show that the folder is read-only now
            File.Delete(probe);
            return folder;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string problem = held is null && LockedFile.IsLocked(e) ? "is in use by another training; each needs a folder of its own." : $"cannot be written: {e.Message}";
            held?.Dispose();
            string message = $"CheckpointFolder '{path}' {problem}";
            throw e is UnauthorizedAccessException ? new UnauthorizedAccessException(message, e) : new IOException(message, e);
        }
    }

    /// <summary>The operating system's own lock on an open file: nothing of it outlives a killed process. The file stays, for deleting it would race with another's opening.</summary>
    private static FileStream OpenLock(string path)
    {
        try
        {
            return new FileStream(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (File.Exists(path))
        {
            return new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
        }
    }

    /// <summary>Makes a file that was not there: a link would be refused, wherever it points to.</summary>
    private static FileStream Create(string path) => new(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, 1 << 20);

    /// <summary>Where a file is written before it has its name.</summary>
    private string FreshFile() => At($"checkpoint.{Guid.NewGuid():N}.tmp");

    private string At(string name) => System.IO.Path.Combine(Path, name);

    private void Replace(string file, Action<Stream> write)
    {
        string fresh = FreshFile();
        try
        {
            using (var stream = Create(fresh))
            {
                write(stream);
                stream.Flush(flushToDisk: true);   // before the name points to it
            }
            File.Move(fresh, file, overwrite: true);
            UnixFolder.Flush(Path);   // before an older one is deleted
        }
        finally
        {
            File.Delete(fresh);   // does nothing once it was moved; else it would fill a full disk
        }
    }

    [GeneratedRegex(@"^checkpoint-\d{10}\.dtic$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"^checkpoint\.[0-9a-f]{32}\.tmp$", RegexOptions.CultureInvariant)]
    private static partial Regex FreshPattern();
}
