using System.Diagnostics;
using Dtic.Benchmarks.Measures;
using Dtic.MLNet.Model;
using Dtic.MLNet.Model.Kernels;
using static TorchSharp.torch;

namespace Dtic.Benchmarks;

/// <summary>The arithmetic rate of a training step against what this machine's matrix products reach.</summary>
internal static class RooflineCommand
{
    private static readonly int[] PeakSizes = [512, 1024, 1536, 2048];

    public static void Run(CommandLine line)
    {
        var workload = Workload.Read(line);
        int[] widths = line.Numbers("widths", [64, 128, 256]);
        int k = line.Number("k", 50, 0), batch = line.Number("batch", line.Quick ? 50 : 200), rounds = line.Number("rounds", line.Quick ? 1 : 7);
        if (line.Switch("own-products")) LinearProducts.AlsoForLarge = true;
        line.RefuseUnread();

        string machine = Machine.Describe(workload.Threads, workload.Seed);
        Console.WriteLine(machine);
        var rows = widths.Select(width => Measure(line, workload with { Width = width }, k, batch, rounds)).ToList();
        Print(line, machine, rows);
    }

    private static Row Measure(CommandLine line, Workload workload, int k, int batch, int rounds)
    {
        var one = (workload with { Threads = 1 }).Options(line, batch);
        var two = (workload with { Threads = 2 }).Options(line, batch);
        var weights = workload.Weights(one);
        var shape = Engine.Shape(weights);
        var histories = workload.Histories(4, k == 0 ? batch : Math.Max(k, batch / k * k));
        var count = FlopCount.Of(workload.Pack(histories, k).Select(p => p.Prompt), shape);
        double perTarget = count.Total(shape) / count.Targets;
        int stepTokens = (int)(count.Tokens * batch / count.Targets), passes = Math.Max(1, (stepTokens + one.MaximumTokensPerPass - 1) / one.MaximumTokensPerPass);
        using LinearLayers alone = new(shape, stepTokens / passes, batch / passes), beside = new(shape, stepTokens / passes, batch / passes);
        using var single = new SteppedTrainer(one, weights, workload.Pack(histories, k));
        using var pair = new SteppedTrainer(two, weights, workload.Pack(histories, k));
        using var workers = new TorchWorkers(2);
        double best = 0;
        List<double>[] seconds = Rounds.Seconds(
            [
                ($"d = {workload.Width}, one worker", single.Step),
                ($"d = {workload.Width}, two workers", pair.Step),
                ($"d = {workload.Width}, its linear layers alone", () => passes * alone.Run()),
                ($"d = {workload.Width}, the same on each of two threads", () => passes * Stopwatched(() => workers.Run(worker => (worker == 0 ? alone : beside).Run()))),
                ("matrix products", () => Peak(ref best)),
            ],
            rounds,
            warmUps: 8,
            atLeast: line.Quick ? 0 : 1);
        double[] medians = Array.ConvertAll(seconds, s => Median.Of(s));
        return new Row(workload.Width, perTarget * batch, medians[0], seconds[0].Min(), medians[1], seconds[1].Min(), medians[2], seconds[2].Min(), medians[3], count.Attention(shape) / count.Total(shape), best);
    }

    private static double Stopwatched(Action work)
    {
        var clock = Stopwatch.StartNew();
        work();
        return clock.Elapsed.TotalSeconds;
    }

    /// <summary>Products of square float32 matrices by torch, one thread; keeps the best rate of all calls, in FLOP/s.</summary>
    private static double Peak(ref double best)
    {
        set_num_threads(1);
        var total = Stopwatch.StartNew();
        foreach (int size in PeakSizes)
        {
            using var scope = NewDisposeScope();
            var a = ones(size, size);
            var b = ones(size, size);
            for (int i = 0; i < 3; i++)
            {
                var clock = Stopwatch.StartNew();
                using var product = a.mm(b);
                best = Math.Max(best, 2.0 * size * size * size / clock.Elapsed.TotalSeconds);
            }
        }
        return total.Elapsed.TotalSeconds;
    }

    private static void Print(CommandLine line, string machine, List<Row> rows)
    {
        var report = new Report(
            ("d", "0"), ("GFLOP/step", "F2"), ("peak GFLOP/s", "F1"), ("1 worker GFLOP/s", "F1"), ("share of peak", "P1"), ("best turn", "P1"), ("2 workers GFLOP/s", "F1"), ("2 against 1", "F2"), ("best turns: 2 against 1", "F2"),
            ("linear layers alone: time", "P1"), ("their best: share of peak", "P1"), ("their 2 against 1", "F2"), ("attention's FLOPs", "P1"));
        foreach (var r in rows)
        {
            double rate = r.Flops / r.OneSeconds, linear = r.Flops * (1 - r.AttentionShare) / r.BestLinearSeconds;
            report.Add(r.Width, r.Flops / 1e9, r.Peak / 1e9, rate / 1e9, rate / r.Peak, r.Flops / r.BestOneSeconds / r.Peak, r.Flops / r.TwoSeconds / 1e9, r.OneSeconds / r.TwoSeconds, r.BestOneSeconds / r.BestTwoSeconds, r.LinearSeconds / r.OneSeconds, linear / r.Peak, 2 * r.LinearSeconds / r.LinearPairSeconds, r.AttentionShare);
        }
        Console.WriteLine(line.Command);
        Console.WriteLine(machine);
        report.Print();
        report.WriteCsv(Path.Combine(line.Output, "roofline.csv"));
        var chart = new Chart("Arithmetic rate of a training step, one worker", "d", "GFLOP/s", logX: true);
        chart.Add("training step", rows.Select(r => ((double)r.Width, r.Flops / r.OneSeconds / 1e9)));
        chart.Add("its linear layers alone", rows.Select(r => ((double)r.Width, r.Flops * (1 - r.AttentionShare) / r.LinearSeconds / 1e9)));
        chart.Add("best matrix product", rows.Select(r => ((double)r.Width, r.Peak / 1e9)));
        chart.Save(Path.Combine(line.Output, "roofline.svg"));
    }

    private sealed record Row(int Width, double Flops, double OneSeconds, double BestOneSeconds, double TwoSeconds, double BestTwoSeconds, double LinearSeconds, double BestLinearSeconds, double LinearPairSeconds, double AttentionShare, double Peak);
}
