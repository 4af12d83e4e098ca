using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Dtic.MLNet.Interop;

/// <summary>What .NET does not do for folders: its own functions open files only.</summary>
internal static partial class UnixFolder
{
    /// <summary>Brings a folder's list of names to the disk. On Windows, whose file systems keep a journal of it, there is no such call; nor where a folder may not be read.</summary>
    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(string folder)
    {
        if (OperatingSystem.IsWindows()) return;
        // O_CLOEXEC, to read only.
        using var handle = new SafeFileHandle(Open(folder, OperatingSystem.IsLinux() ? 0x80000 : 0x1000000), ownsHandle: true);
        if (!handle.IsInvalid) RandomAccess.FlushToDisk(handle);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);
}
