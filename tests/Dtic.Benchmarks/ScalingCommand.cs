using System.Diagnostics;
using System.Globalization;
using Dtic.Benchmarks.Measures;
using TorchSharp;

namespace Dtic.Benchmarks;

/// <summary>Time and peak memory of one forward and backward pass against the length of its stream: one user's long history.</summary>
internal static class ScalingCommand
{
    /// <summary>The command a fresh process of this program runs for one length, so that peaks do not mix.</summary>
    public const string ChildName = "scaling-of-one-length";

    private const int FirstOfSlope = 4096;

    public static void Run(CommandLine line)
    {
        var workload = Workload.Read(line);
        int[] lengths = line.Numbers("lengths", line.Quick ? [1024, 4096, 16384] : [1024, 2048, 4096, 8192, 16384, 32768, 65536]);
        int rounds = line.Number("rounds", line.Quick ? 1 : 3), repeats = line.Number("repeats", line.Quick ? 1 : 3);
        line.RefuseUnread();

        string machine = Machine.Describe(workload.Threads, workload.Seed);
        Console.WriteLine(machine);
        var results = lengths.Select(_ => new List<Result>()).ToArray();
        for (int round = 1; round <= rounds; round++)
        {
            for (int i = 0; i < lengths.Length; i++)
            {
                results[i].Add(RunInChild(line, lengths[i], repeats));
                Console.WriteLine($"round {round} of {rounds}: {results[i][^1].Tokens} tokens, {results[i][^1].Seconds:F3} s, {results[i][^1].Bytes / 1048576.0:F1} MiB");
            }
        }
        Print(line, machine, [.. results.Select(r => new Result(r[0].Tokens, Median.Of([.. r.Select(x => x.Seconds)]), Median.Of([.. r.Select(x => x.Bytes)]), r.TrueForAll(x => x.PeakWasReset)))]);
    }

    public static void RunChild(CommandLine line)
    {
        var workload = Workload.Read(line);
        int length = line.Number("length", 1024), repeats = line.Number("repeats", 1);
        torch.set_num_threads(workload.Threads);
        using var heap = Engine.HoldHeap();   // as the trainer does
        var options = workload.Options(line, batchSize: 1);
        var weights = workload.Weights(options);
        using var model = weights.CreateModel(torch.CPU, train: true);
        int perTarget = workload.Tokens + 2;   // with [SUM] and outcome
        var prompt = workload.Histories(1, Math.Max(1, (length / perTarget) - workload.Window)).Single().Prompt;
        var small = prompt.Slice(0, 1, contextLength: 0);
        for (int i = 0; i < 3; i++) Engine.ForwardBackward(model, weights, [small]);   // compiled code and gradients are there before memory is measured, little else

        GC.Collect();
        long before = ResidentMemory.Now();
        bool reset = ResidentMemory.TryResetPeak();
        var seconds = new List<double>();
        for (int i = 0; i <= repeats; i++)
        {
            var clock = Stopwatch.StartNew();
            Engine.ForwardBackward(model, weights, [prompt]);
            if (i > 0) seconds.Add(clock.Elapsed.TotalSeconds);   // the first touches its memory for the first time
        }
        Console.WriteLine(FormattableString.Invariant($"result {prompt.Tokens.Length} {Median.Of(seconds):R} {ResidentMemory.Peak() - before} {reset}"));
    }

    private static Result RunInChild(CommandLine line, int length, int repeats)
    {
        string program = Environment.ProcessPath!;
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true };
        string[] arguments =
        [
            .. Path.GetFileNameWithoutExtension(program) == "dotnet" ? [typeof(ScalingCommand).Assembly.Location] : Array.Empty<string>(),
            ChildName,
            "--length", length.ToString(CultureInfo.InvariantCulture),
            "--repeats", repeats.ToString(CultureInfo.InvariantCulture),
            .. line.Passed("d", "layers", "heads", "n", "tokens", "threads", "seed"),
        ];
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using var child = Process.Start(start)!;
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        string[] fields = output.Split('\n').LastOrDefault(l => l.StartsWith("result ", StringComparison.Ordinal))?.Trim().Split(' ')
            ?? throw new InvalidOperationException($"The process for {length} tokens ended with code {child.ExitCode} and no result:\n{output}");
        return new Result(int.Parse(fields[1], CultureInfo.InvariantCulture), double.Parse(fields[2], CultureInfo.InvariantCulture), double.Parse(fields[3], CultureInfo.InvariantCulture), bool.Parse(fields[4]));
    }

    private static void Print(CommandLine line, string machine, List<Result> results)
    {
        var report = new Report(("tokens", "N0"), ("ms", "F1"), ("us/token", "F2"), ("peak MiB", "F1"), ("KiB/token", "F2"));
        foreach (var r in results) report.Add(r.Tokens, r.Seconds * 1e3, r.Seconds * 1e6 / r.Tokens, r.Bytes / 1048576, r.Bytes / 1024 / r.Tokens);
        Console.WriteLine(line.Command);
        Console.WriteLine(machine);
        report.Print();
        var range = results.Where(r => r.Tokens >= FirstOfSlope * 0.9).ToArray();
        if (range.Length >= 2)
        {
            Console.WriteLine(
                $"From {range[0].Tokens:N0} to {range[^1].Tokens:N0} tokens: time grows as tokens^{LogLogSlope.Of([.. range.Select(r => ((double)r.Tokens, r.Seconds))]):F3} (allowed 1.05), "
                + $"memory as tokens^{LogLogSlope.Of([.. range.Select(r => ((double)r.Tokens, r.Bytes))]):F3}");
        }
        Console.WriteLine(results.TrueForAll(r => r.PeakWasReset)
            ? "Peak memory: above what was resident after a warm-up on a single interaction."
            : "The system does not let a process reset its peak: memory is the peak since its start, above what was resident after the warm-up.");
        report.WriteCsv(Path.Combine(line.Output, "scaling.csv"));
        var chart = new Chart("One forward and backward pass over one history", "tokens", "ms, MiB", logX: true, logY: true);
        chart.Add("ms", results.Select(r => ((double)r.Tokens, r.Seconds * 1e3)));
        chart.Add("MiB", results.Select(r => ((double)r.Tokens, r.Bytes / 1048576)));
        chart.Save(Path.Combine(line.Output, "scaling.svg"));
    }

    private sealed record Result(int Tokens, double Seconds, double Bytes, bool PeakWasReset);
}
