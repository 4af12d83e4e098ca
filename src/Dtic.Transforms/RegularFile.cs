using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dtic.Transforms;

/// <summary>Opens files that have content on a disk, and nothing else that a path may lead to: a pipe would keep its reader waiting, a device may never end.</summary>
internal static partial class RegularFile
{
    private const int NoSuchFile = 2, Interrupted = 4, AccessDenied = 13, NotAFolder = 20;

    /// <summary>Opens a file for reading.</summary>
    /// <returns>The file, or <see langword="null"/> when there is none.</returns>
    /// <exception cref="ModelFormatException">It is empty, or a folder, a pipe or a device.</exception>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read it.</exception>
    public static FileStream? Open(string path)
    {
        var handle = OpenWithoutWaiting(path);
        if (handle is null)
        {
            return null;
        }

        try
        {
            // The open file is asked, not the path: that could lead elsewhere by now. Devices have no length.
            if (!File.GetAttributes(handle).HasFlag(FileAttributes.Directory))
            {
                var stream = new FileStream(handle, FileAccess.Read);
                if (stream.CanSeek && stream.Length > 0)
                {
                    return stream;
                }
            }
        }
        catch
        {
            handle.Dispose();
            throw;
        }

        handle.Dispose();
        throw new ModelFormatException($"'{path}' is no file with content: it is empty, or a folder, a pipe or a device.");
    }

    private static SafeFileHandle? OpenWithoutWaiting(string path)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsMacOS())
        {
            if (Directory.Exists(path))
            {
                throw new ModelFormatException($"'{path}' is a folder, expected a file.");
            }

            try
            {
                return File.OpenHandle(path, share: FileShare.Read | FileShare.Delete);   // a save may replace it meanwhile
            }
            catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
        }

        // .NET opens a pipe as anybody does, and waits for someone to write.
        int flags = OperatingSystem.IsLinux() ? 0x800 | 0x80000 : 0x4 | 0x1000000;   // O_NONBLOCK | O_CLOEXEC
        SafeFileHandle handle;
        int error;
        do
        {
            handle = OpenFile(path, flags);
            error = handle.IsInvalid ? Marshal.GetLastPInvokeError() : 0;
        }
        while (error == Interrupted);
        string problem = $"'{path}' cannot be opened: {Marshal.GetPInvokeErrorMessage(error)}.";
        return error switch
        {
            0 => handle,
            NoSuchFile or NotAFolder => null,
            AccessDenied => throw new UnauthorizedAccessException(problem),
            _ => throw new IOException(problem),
        };
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle OpenFile(string path, int flags);
}
