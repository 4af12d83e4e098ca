using System.Diagnostics;

namespace Dtic.MLNet.Tests.Folders;

/// <summary>A file system in memory, mounted on a folder for the length of a test, where the system allows it: a folder that cannot be moved or replaced.</summary>
internal sealed class MountPoint : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Process? _process;

    /// <summary>Mounts it in a namespace of its own, which ends with its process, however the tests end.</summary>
    /// <param name="options">Of the mount.</param>
    public MountPoint(string options = "size=64m")
    {
        if (OperatingSystem.IsLinux())
        {
            string[] arguments = [Environment.IsPrivilegedProcess ? "-m" : "-rm", "sh", "-c", "mount -t tmpfs -o \"$1\" tmpfs \"$0\" && echo mounted && read -r line; mount -o remount,ro \"$0\" && echo read-only && read -r line", _folder.Path, options];
            _process = Process.Start(new ProcessStartInfo("unshare", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        }

        // Seen from outside through the process.
        Path = $"/proc/{_process?.Id}/root{_folder.Path}";
        if (_process?.StandardOutput.ReadLine() == "mounted") return;
        string reason = _process?.StandardError.ReadToEnd() ?? "not on this system";
        Dispose();
        Assert.Inconclusive($"No file system can be mounted: {reason}");
    }

    public string Path { get; }

    public void MakeReadOnly()
    {
        _process!.StandardInput.WriteLine();
        Assert.AreEqual("read-only", _process.StandardOutput.ReadLine());
    }

    public void Dispose()
    {
        if (_process is { HasExited: false }) _process.Kill(entireProcessTree: true);
        _process?.WaitForExit();
        _process?.Dispose();
        _folder.Dispose();
    }
}
