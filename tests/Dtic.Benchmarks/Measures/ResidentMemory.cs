using System.Diagnostics;
using System.Globalization;

namespace Dtic.Benchmarks.Measures;

/// <summary>Physical memory of this process, in bytes, as the system tells it.</summary>
internal static class ResidentMemory
{
    public static long Now() => OperatingSystem.IsLinux() ? Status("VmRSS") : Environment.WorkingSet;

    /// <summary>The most there was since the process began, or since <see cref="TryResetPeak"/>.</summary>
    public static long Peak()
    {
        if (OperatingSystem.IsLinux()) return Status("VmHWM");
        using var process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64;
    }

    /// <summary>Forgets the peak so far.</summary>
    /// <returns>Whether the system allows it; if not, <see cref="Peak"/> goes back to the beginning of the process.</returns>
    public static bool TryResetPeak()
    {
        try
        {
            File.WriteAllText("/proc/self/clear_refs", "5");
            return true;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static long Status(string name)
    {
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(name + ":", StringComparison.Ordinal));
        return 1024 * long.Parse(line[(name.Length + 1)..^2], NumberStyles.Integer, CultureInfo.InvariantCulture);   // "VmRSS:   1234 kB"
    }
}
