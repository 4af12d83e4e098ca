using System.Globalization;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Dtic.MLNet.Interop;

/// <summary>Loads a library from memory: it stands in no folder, where others could change it or the system could refuse to run it.</summary>
[SupportedOSPlatform("linux")]
internal static partial class MemoryLibrary
{
    private const uint CloseOnExec = 1, AllowSealing = 2, NoExecSeal = 8;
    private const int InvalidArgument = 22;

    /// <summary>Loads <paramref name="content"/> as a library.</summary>
    /// <param name="name">What lists of mapped files call it.</param>
    /// <param name="content">The library's bytes.</param>
    /// <exception cref="DllNotFoundException">The system gives no file in memory, or its loader refuses the library.</exception>
    /// <exception cref="IOException">There is no memory for it.</exception>
    public static nint Load(string name, ReadOnlySpan<byte> content)
    {
        using var file = Create(name);
        RandomAccess.Write(file, content, fileOffset: 0);
        Seal(file);
        var number = file.DangerousGetHandle();
        var library = NativeLibrary.Load(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{number}"));

        // The file stays open as long as the process lives. The loader knows the library by this path: were the number
        // given to another file, whoever loaded that one the same way would get this library.
        file.SetHandleAsInvalid();
        return library;
    }

    private static SafeFileHandle Create(string name)
    {
        // The file is mapped, never executed; systems that forbid executable files in memory (vm.memfd_noexec = 2) want
        // that to be said, and kernels before 6.3 do not know how.
        var file = CreateMemoryFile(name, CloseOnExec | NoExecSeal);
        if (file < 0 && Marshal.GetLastPInvokeError() == InvalidArgument)
        {
            file = CreateMemoryFile(name, CloseOnExec | AllowSealing);
        }

        return file >= 0 ? new SafeFileHandle(file, ownsHandle: true) : throw Failure("memfd_create");
    }

    /// <summary>Nobody can change the file any more, not even another process of the same user.</summary>
    private static void Seal(SafeFileHandle file)
    {
        const int AddSeals = 1033, SealSeal = 1, SealShrink = 2, SealGrow = 4, SealWrite = 8;
        if (Control(file, AddSeals, SealSeal | SealShrink | SealGrow | SealWrite) != 0)
        {
            throw Failure("sealing a file in memory");
        }
    }

    private static DllNotFoundException Failure(string call) => new($"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(SafeFileHandle file, int command, int argument);
}
