using Dtic.Benchmarks.Measures;
using Dtic.MLNet;

namespace Dtic.Benchmarks;

/// <summary>Training time of DTI against sliding windows, by targets per prompt.</summary>
internal static class SpeedupCommand
{
    public static void Run(CommandLine line)
    {
        var workload = Workload.Read(line);
        int[] counts = line.Numbers("k", line.Quick ? [1, 10, 50, 0] : [1, 5, 10, 20, 50, 100, 0], 0);
        int history = line.Number("history", line.Quick ? 100 : 500), batch = line.Number("batch", history), rounds = line.Number("rounds", line.Quick ? 1 : 5);
        bool torch = !line.Switch("no-torch"), allCores = !line.Switch("no-all-cores") && workload.Threads < Environment.ProcessorCount;
        line.RefuseUnread();
        counts = [.. counts.Where(k => k != 1).Prepend(1)];   // every ratio needs the sliding window

        string machine = Machine.Describe(workload.Threads, workload.Seed);
        Console.WriteLine(machine);
        var rows = Measure(line, workload, counts, history, batch, rounds, torch);
        if (allCores) rows.AddRange(Measure(line, workload with { Threads = Environment.ProcessorCount }, [1, 50], history, batch, rounds, torch));
        Print(line, workload, history, machine, rows);
    }

    private static List<Row> Measure(CommandLine line, Workload workload, int[] counts, int history, int batch, int rounds, bool torch)
    {
        var histories = workload.Histories(Math.Max(1, (rounds + 1) * batch / history), history);
        var options = workload.Options(line, batch);
        var weights = workload.Weights(options);
        var shape = Engine.Shape(weights);
        var stepped = counts.Select(k => (Name: Name(k), Trainer: (IStepped)new SteppedTrainer(options, weights, workload.Pack(histories, k)))).ToList();
        if (torch)
        {
            // One writes it with rotary positions and without the pooling of items; but for that, and for what a single interaction has not, both are one network.
            var plain = workload.Options(line, batch);
            plain.ItemPooling = false;
            plain.PositionEncoding = PositionEncoding.Rotary;
            PaddedSlidingWindow.RequireSameLogits(workload.Weights(plain), histories.Select(h => h.Prompt));
            stepped.Add(("padded TorchSharp", new PaddedSlidingWindow(options, weights, workload.Pack(histories, 1))));
        }
        string threads = options.NumberOfThreads == 1 ? "" : $", {options.NumberOfThreads} threads";
        try
        {
            double[] seconds = Array.ConvertAll(Rounds.Seconds([.. stepped.Select(s => ($"{s.Name}{threads}", (Func<double>)s.Trainer.Step))], rounds, atLeast: line.Quick ? 0 : 3), s => Median.Of(s));
            double padded = torch ? seconds[^1] / batch : double.NaN;
            return [.. counts.Select((k, i) => new Row(
                k, options.NumberOfThreads ?? 0, seconds[i] / batch, seconds[0] / batch, padded, shape,
                FlopCount.Of(Engine.Encoded(options, weights, workload.Pack(histories, k)), shape), Prompts(k), Prompts(1)))];

            FlopCount Prompts(int k) => FlopCount.Of(workload.Pack(histories, k).Select(p => p.Prompt), shape);
        }
        finally
        {
            foreach (var (_, trainer) in stepped) trainer.Dispose();
        }
    }

    private static void Print(CommandLine line, Workload workload, int history, string machine, List<Row> rows)
    {
        var report = new Report(
            ("k", ""), ("threads", "0"), ("tokens/target", "F1"), ("MFLOP/target", "F1"), ("attention share", "P0"), ("GFLOP/s", "F1"), ("ms/target", "F3"),
            ("(a) x sliding", "F2"), ("FLOP ratio", "F2"), ("(a) / FLOP ratio", "P1"), ("FLOP ratio uncut", "F2"), ("padded ms/target", "F3"), ("(b) x padded", "F2"));
        foreach (var row in rows)
        {
            report.Add(
                row.K == 0 ? "whole" : row.K.ToString(), row.Threads, row.Count.Tokens / (double)row.Count.Targets, row.Flops / 1e6, row.Count.Attention(row.Shape) / row.Count.Total(row.Shape),
                row.Flops / row.Seconds / 1e9, row.Seconds * 1e3, row.SlidingSeconds / row.Seconds, row.FlopRatio, row.SlidingSeconds / row.Seconds / row.FlopRatio,
                row.UncutFlopRatio, row.PaddedSeconds * 1e3, row.PaddedSeconds / row.Seconds);
        }
        Console.WriteLine(line.Command);
        Console.WriteLine(machine);
        report.Print();
        string path = Path.Combine(line.Output, $"speedup-d{workload.Width}");
        report.WriteCsv(path + ".csv");
        var chart = new Chart($"Training time per target, d = {workload.Width}, n = {workload.Window}", "targets per prompt (whole history: its length)", "times faster", logX: true, logY: true);
        foreach (var group in rows.GroupBy(r => r.Threads))
        {
            var points = group.Select(r => (Row: r, X: (double)(r.K == 0 ? history : r.K))).OrderBy(p => p.X).ToArray();
            string threads = $", {group.Key} thread{(group.Key == 1 ? "" : "s")}";
            chart.Add("(a) against the same trainer" + threads, points.Select(p => (p.X, p.Row.SlidingSeconds / p.Row.Seconds)));
            chart.Add("(b) against padded TorchSharp" + threads, points.Select(p => (p.X, p.Row.PaddedSeconds / p.Row.Seconds)));
            if (group.Key == workload.Threads) chart.Add("counted FLOPs", points.Select(p => (p.X, p.Row.FlopRatio)));
        }
        chart.Save(path + ".svg");
    }

    private static string Name(int k) => k switch { 0 => "whole histories", 1 => "sliding window", _ => $"k = {k}" };

    private sealed record Row(int K, int Threads, double Seconds, double SlidingSeconds, double PaddedSeconds, NetworkShape Shape, FlopCount Count, FlopCount Uncut, FlopCount Sliding)
    {
        /// <summary>Per target, forward and backward, of what is encoded: the trainer cuts prompts into shares, at the ends of steps, and for passes.</summary>
        public double Flops => PerTarget(Count);

        public double FlopRatio => PerTarget(Sliding) / Flops;

        /// <summary>The same of prompts as they are packed.</summary>
        public double UncutFlopRatio => PerTarget(Sliding) / PerTarget(Uncut);

        private double PerTarget(FlopCount count) => count.Total(Shape) / count.Targets;
    }
}
