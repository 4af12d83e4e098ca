using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Cryptography;

namespace Dtic.MLNet.Interop;

/// <summary>Keeps libraries on disk where nobody but the user can change what this process is going to run.</summary>
[SupportedOSPlatform("linux")]
internal static partial class PrivateLibraryStore
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    /// <summary>The user's cache folder by the XDG base directory rules, or <see langword="null"/> without one.</summary>
    public static string? UserCacheFolder()
    {
        // The specification says to ignore a relative path.
        if (Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { } folder && Path.IsPathRooted(folder))
        {
            return folder;
        }

        var home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return Path.IsPathRooted(home) ? Path.Combine(home, ".cache") : null;
    }

    /// <summary>Loads <paramref name="content"/> as a library.</summary>
    /// <param name="cacheFolder">Where a copy stays for the next process; not used unless private to the user.</param>
    /// <param name="fileName">File name of the copy.</param>
    /// <param name="content">The library's bytes.</param>
    /// <exception cref="DllNotFoundException">The system's loader refuses the library.</exception>
    public static nint Load(string? cacheFolder, string fileName, ReadOnlySpan<byte> content)
    {
        // A copy that was stored and yet does not load (a folder mounted noexec, say) gets its second chance below.
        if (cacheFolder is not null && TryStore(cacheFolder, fileName, content) is { } stored
            && NativeLibrary.TryLoad(stored, out var handle))
        {
            return handle;
        }

        var temporary = Directory.CreateTempSubdirectory("dtic-");
        try
        {
            var path = Path.Combine(temporary.FullName, fileName);
            Write(path, content);
            return NativeLibrary.Load(path);
        }
        finally
        {
            temporary.Delete(recursive: true); // A loaded library stays mapped without its file.
        }
    }

    /// <summary>Stores <paramref name="content"/> under its hash, or finds it there already.</summary>
    /// <returns>The copy's path, or <see langword="null"/> when the folder cannot be used.</returns>
    internal static string? TryStore(string cacheFolder, string fileName, ReadOnlySpan<byte> content)
    {
        try
        {
            Directory.CreateDirectory(cacheFolder, OwnerOnly);
            var own = Directory.CreateDirectory(Path.Combine(cacheFolder, "dtic"), OwnerOnly);
            if (!IsPrivate(own))
            {
                return null;
            }

            var hash = Convert.ToHexStringLower(SHA256.HashData(content));
            var folder = Directory.CreateDirectory(Path.Combine(own.FullName, hash), OwnerOnly);
            var path = Path.Combine(folder.FullName, fileName);
            // Comparing with the content itself also finds a copy that was damaged after it was written.
            if (!File.Exists(path) || !File.ReadAllBytes(path).AsSpan().SequenceEqual(content))
            {
                Replace(path, content);
            }

            return path;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Whether only this user can change the folder, and nobody can put another one in its place.</summary>
    internal static bool IsPrivate(DirectoryInfo folder)
    {
        const uint Root = 0;
        const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;
        var user = EffectiveUserId();
        if (folder.LinkTarget is not null || (folder.UnixFileMode & Others) != 0 || OwnerOf(folder.FullName) != user)
        {
            return false;
        }

        for (var parent = folder.Parent; parent is not null; parent = parent.Parent)
        {
            var owner = OwnerOf(parent.FullName);
            if ((owner != user && owner != Root) || parent.UnixFileMode.HasFlag(UnixFileMode.OtherWrite))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Moves a complete file into place: other processes see the old copy or the new one.</summary>
    private static void Replace(string path, ReadOnlySpan<byte> content)
    {
        var beside = path + "." + Guid.NewGuid().ToString("N");
        try
        {
            Write(beside, content);
            File.Move(beside, path, overwrite: true);
        }
        finally
        {
            File.Delete(beside);
        }
    }

    private static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = OwnerOnly,
        });
        file.Write(content);
    }

    /// <summary>The user id that owns the file or folder; .NET does not tell it.</summary>
    private static uint? OwnerOf(string path)
    {
        // Of the ways to ask the C library, statx alone has one layout on every architecture.
        const int CurrentFolder = -100, StatusSize = 256, UserIdOffset = 20;
        const uint UserIdMask = 0x8;
        Span<byte> status = stackalloc byte[StatusSize];
        return StatX(CurrentFolder, path, flags: 0, UserIdMask, status) == 0
            ? BinaryPrimitives.ReadUInt32LittleEndian(status[UserIdOffset..])
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, Span<byte> status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint EffectiveUserId();
}
