using System.Diagnostics;

namespace Dtic.MLNet.Tests.Folders;

/// <summary>A file system in memory, mounted on a folder for the length of a test, where the system allows it.</summary>
internal sealed class MountPoint : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly Process? _process;
    private readonly string[] _namespaces = Environment.IsPrivilegedProcess ? ["-m"] : ["-U", "-m"];

    /// <summary>Mounts it in a namespace of its own, which ends with its process, however the tests end.</summary>
    /// <param name="options">Of the mount.</param>
    public MountPoint(string options = "size=64m")
    {
        if (OperatingSystem.IsLinux())
        {
            string[] arguments = [.. _namespaces, .. Environment.IsPrivilegedProcess ? [] : (string[])["-r"], "sh", "-c", "mount -t tmpfs -o \"$1\" tmpfs \"$0\" && ! mv \"$0\" \"$0-moved\" 2>/dev/null && echo mounted && read -r line; mount -o remount,bind,ro \"$0\" && echo read-only && read -r line", _folder.Path, options];
            _process = Process.Start(new ProcessStartInfo("unshare", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true });
        }

        Path = $"/proc/{_process?.Id}/root{_folder.Path}";
        if (_process?.StandardOutput.ReadLine() == "mounted") return;
        string reason = _process?.StandardError.ReadToEnd() ?? "not on this system";
        Dispose();
        Assert.Inconclusive($"No file system can be mounted: {reason}");
    }

    /// <summary>The folder for this process, which sees it from outside; to it alone it is no mount point, and could be moved.</summary>
    public string Path { get; }

    /// <summary>Starts a program of this project's output folder where the folder is a mount point: the system refuses to move or delete it there.</summary>
    /// <param name="program">The program.</param>
    /// <param name="arguments">Its arguments, behind the folder's path.</param>
    public Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(
        "nsenter", [.. _namespaces, "--preserve-credentials", "-t", $"{_process!.Id}", ChildProgram.Host, ChildProgram.PathOf(program), _folder.Path, .. arguments])
    {
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    })!;

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
