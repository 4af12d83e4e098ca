using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Dtic.MLNet.Tests;

/// <summary>Programs of this project's output folder, run in the runtime of this process.</summary>
internal static class ChildProgram
{
    /// <summary>The runtime's host.</summary>
    public static string Host { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));

    public static string PathOf(string program) => Path.Combine(AppContext.BaseDirectory, program);

    public static Process Start(string program, params string[] arguments) => StartHost("", [PathOf(program), .. arguments]);

    /// <summary>Runs a program to its end and gives what it printed.</summary>
    public static string Run(string program, params string[] arguments) => RunHost("", [PathOf(program), .. arguments]).Output;

    /// <summary>Runs the runtime's host to its end and gives what it printed.</summary>
    /// <param name="culture">Of the environment; empty: that of this process.</param>
    /// <param name="arguments">The host's options, the program's path, and the program's arguments.</param>
    public static (string Output, string Errors) RunHost(string culture, string[] arguments)
    {
        using var process = StartHost(culture, arguments);
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{string.Join(' ', arguments)} did not end.");
        }

        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return (output.Result, errors.Result);
    }

    private static Process StartHost(string culture, string[] arguments)
    {
        var start = new ProcessStartInfo(Host, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (culture.Length > 0) start.Environment["LANG"] = start.Environment["LC_ALL"] = culture.Replace('-', '_') + ".UTF-8";
        return Process.Start(start)!;
    }
}
