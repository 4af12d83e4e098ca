namespace Dtic.MLNet.Interop;

/// <summary>Tells that another process holds a file from other errors of the file system.</summary>
internal static class LockedFile
{
    /// <summary>Whether the operating system said that the file is locked: EWOULDBLOCK on Linux and on macOS, ERROR_SHARING_VIOLATION on Windows.</summary>
    public static bool IsLocked(Exception exception) => exception.HResult is 11 or 35 or unchecked((int)0x80070020);
}
