using Dtic.MLNet.Interop;

namespace Dtic.MLNet.Folders;

/// <summary>All that a save does to the file system, one operation at a time.</summary>
/// <param name="watch">Told each operation before it is done: tests end a save there.</param>
internal sealed class FolderOperations(Action<string>? watch = null)
{
    public void CreateFolder(string folder)
    {
        watch?.Invoke($"create {folder}");
        Directory.CreateDirectory(folder);
    }

    /// <summary>Writes a file that is not there yet, to the disk.</summary>
    /// <param name="path">The file.</param>
    /// <param name="mode">Who may do what with it; null: what the process gives to new files.</param>
    /// <param name="write">Writes its content.</param>
    public void Write(string path, UnixFileMode? mode, Action<Stream> write)
    {
        watch?.Invoke($"create {path}");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 1 << 20 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        using var stream = new FileStream(path, options);
        // The process's mask may have taken from it. Some file systems know one mode for all files and refuse to be told.
        if (!OperatingSystem.IsWindows() && mode is { } whole && File.GetUnixFileMode(stream.SafeFileHandle) != whole) File.SetUnixFileMode(stream.SafeFileHandle, whole);
        watch?.Invoke($"write {path}");
        write(stream);
        watch?.Invoke($"flush {path}");
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Gives a file another name, whose file it replaces in one step.</summary>
    public void Move(string from, string to)
    {
        watch?.Invoke($"move {from} to {to}");
        File.Move(from, to, overwrite: true);
    }

    public void Delete(string path)
    {
        watch?.Invoke($"delete {path}");
        File.Delete(path);
    }

    /// <summary>Brings a folder's names to the disk.</summary>
    public void FlushFolder(string folder)
    {
        watch?.Invoke($"flush {folder}");
        UnixFolder.Flush(folder);
    }
}
