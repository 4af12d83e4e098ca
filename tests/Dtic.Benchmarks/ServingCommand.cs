using System.Diagnostics;
using Dtic.Benchmarks.Measures;
using Dtic.MLNet;
using Dtic.MLNet.Scoring;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.Benchmarks;

/// <summary>Time of a scoring call, alone and by many callers at once, and the threads that the process has meanwhile.</summary>
internal static class ServingCommand
{
    public static void Run(CommandLine line)
    {
        var workload = Workload.Read(line);
        int[] callers = line.Numbers("callers", [1, 2, 8, 32]);
        int calls = line.Number("calls", line.Quick ? 10 : 400), rounds = line.Number("rounds", line.Quick ? 1 : 5);
        line.RefuseUnread();

        string machine = Machine.Describe(workload.Threads, workload.Seed);
        Console.WriteLine(machine);
        PackedPrompt[] prompts = [.. workload.Pack(workload.Histories(1, 64), targetsPerPrompt: 1).Select(p => p.Prompt)];
        using var scorer = new PromptScorer(workload.Weights(workload.Options(line, batchSize: 1)), CPU, DticPredictionTransformer.DefaultMaximumTokensPerPass, Environment.ProcessorCount);
        var found = callers.Select(_ => new List<Turn>()).ToArray();
        for (int round = 0; round <= rounds; round++)
        {
            for (int i = 0; i < callers.Length; i++)
            {
                var turn = Measure(scorer, prompts, callers[i], calls);
                Console.WriteLine($"{(round == 0 ? "warm-up" : $"round {round} of {rounds}")}, {callers[i]} callers: {turn.Milliseconds:F2} ms, {turn.Threads} threads");
                if (round > 0) found[i].Add(turn);
            }
        }
        Print(line, machine, callers, found);
    }

    /// <summary>So many callers, each on a thread of its own, who share the calls.</summary>
    private static Turn Measure(PromptScorer scorer, PackedPrompt[] prompts, int callers, int calls)
    {
        var milliseconds = new double[callers][];
        using var done = new CountdownEvent(callers);
        using var counted = new ManualResetEventSlim();
        Thread[] threads = [.. Enumerable.Range(0, callers).Select(caller => new Thread(() =>
        {
            milliseconds[caller] = [.. Enumerable.Range(0, Math.Max(1, calls / callers)).Select(call => Time(() => scorer.Score([prompts[(caller + call) % prompts.Length]], ScoringMode.OneAtATime)))];
            done.Signal();
            counted.Wait();   // a thread that ends takes those along that torch made for it
        }))];
        long start = Stopwatch.GetTimestamp();
        Array.ForEach(threads, thread => thread.Start());
        done.Wait();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        using var process = Process.GetCurrentProcess();
        int count = process.Threads.Count;
        counted.Set();
        Array.ForEach(threads, thread => thread.Join());
        double[] all = [.. milliseconds.SelectMany(m => m)];
        return new Turn(Median.Of(all), all.Max(), all.Length / seconds, count - callers);
    }

    private static double Time(Action call)
    {
        long start = Stopwatch.GetTimestamp();
        call();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }

    private static void Print(CommandLine line, string machine, int[] callers, List<Turn>[] found)
    {
        var report = new Report(("callers", "0"), ("ms/call", "F2"), ("longest ms", "F1"), ("calls/s", "F1"), ("threads beside the callers", "0"));
        for (int i = 0; i < callers.Length; i++)
            report.Add(callers[i], Median.Of([.. found[i].Select(t => t.Milliseconds)]), found[i].Max(t => t.Longest), Median.Of([.. found[i].Select(t => t.CallsPerSecond)]), found[i].Max(t => t.Threads));
        Console.WriteLine(line.Command);
        Console.WriteLine(machine);
        report.Print();
        report.WriteCsv(Path.Combine(line.Output, "serving.csv"));
    }

    private sealed record Turn(double Milliseconds, double Longest, double CallsPerSecond, int Threads);
}
