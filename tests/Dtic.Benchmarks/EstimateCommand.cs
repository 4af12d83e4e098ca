using System.Diagnostics;
using Dtic.Benchmarks.Measures;
using Dtic.MLNet;

namespace Dtic.Benchmarks;

/// <summary>Time of estimating the cost of a training, which every fit does, against the length of a few users' whole histories.</summary>
internal static class EstimateCommand
{
    public static void Run(CommandLine line)
    {
        var workload = Workload.Read(line) with { Tokens = line.Number("tokens", 4) };
        int[] lengths = line.Numbers("lengths", line.Quick ? [1000, 2000] : [6_250, 12_500, 25_000, 50_000]);
        int users = line.Number("users", 4), batch = line.Number("batch", 256), rounds = line.Number("rounds", line.Quick ? 1 : 3);
        line.RefuseUnread();

        string machine = Machine.Describe(workload.Threads, workload.Seed);
        var options = workload.Options(line, batch);
        var weights = workload.Weights(options);
        var estimates = lengths.Select(length => (Func<TrainingCost>)Engine.Estimate(options, weights, workload.Histories(users, length)).Run).ToArray();
        var seconds = Rounds.Seconds([.. estimates.Select((estimate, i) => ($"{lengths[i]} targets of a user", (Func<double>)(() => Time(estimate))))], rounds, warmUps: 1);
        Print(line, machine, users, lengths, Array.ConvertAll(seconds, s => Median.Of(s)));
    }

    private static double Time(Func<TrainingCost> estimate)
    {
        var clock = Stopwatch.StartNew();
        estimate();
        return clock.Elapsed.TotalSeconds;
    }

    private static void Print(CommandLine line, string machine, int users, int[] lengths, double[] seconds)
    {
        var report = new Report(("users", "N0"), ("targets of each", "N0"), ("s", "F2"), ("us per target", "F2"));
        for (int i = 0; i < lengths.Length; i++) report.Add(users, lengths[i], seconds[i], seconds[i] * 1e6 / users / lengths[i]);
        Console.WriteLine(line.Command);
        Console.WriteLine(machine);
        report.Print();
        if (lengths.Length >= 2) Console.WriteLine($"Time grows as targets^{LogLogSlope.Of([.. lengths.Zip(seconds, (length, s) => ((double)length, s))]):F3}");
        report.WriteCsv(Path.Combine(line.Output, "estimate.csv"));
    }
}
