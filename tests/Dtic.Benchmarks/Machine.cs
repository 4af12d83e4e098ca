using System.Runtime.Intrinsics.X86;
using TorchSharp;

namespace Dtic.Benchmarks;

/// <summary>What a figure depends on besides the code.</summary>
internal static class Machine
{
    public static string Describe(int threads, int seed) =>
        $"{Model()}; {string.Join(", ", Instructions())}; {Environment.ProcessorCount} cores; TorchSharp {typeof(torch).Assembly.GetName().Version?.ToString(3)}, libtorch {torch.__version__}; "
        + $".NET {Environment.Version}; seed {seed}; {threads} thread{(threads == 1 ? "" : "s")}";

    private static string Model()
    {
        const string Information = "/proc/cpuinfo";
        string? line = File.Exists(Information) ? File.ReadLines(Information).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static IEnumerable<string> Instructions()
    {
        if (Avx2.IsSupported) yield return "AVX2";
        if (Fma.IsSupported) yield return "FMA";
        if (Avx512F.IsSupported) yield return "AVX-512";
        if (System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated) yield return "512-bit vectors in .NET";
        if (System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported) yield return "AdvSimd";
    }
}
