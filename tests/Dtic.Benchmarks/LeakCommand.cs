using Dtic.Benchmarks.Measures;
using TorchSharp;

namespace Dtic.Benchmarks;

/// <summary>Memory over many optimizer steps of the real trainer.</summary>
internal static class LeakCommand
{
    private const int Samples = 10;
    private const double Allowed = 0.02;

    public static void Run(CommandLine line)
    {
        var workload = Workload.Read(line) with { Width = line.Number("d", 32), Layers = line.Number("layers", 2), Heads = line.Number("heads", 2), Tokens = line.Number("tokens", 6) };
        int steps = line.Number("steps", line.Quick ? 500 : 5000, Samples), batch = line.Number("batch", 32);
        line.RefuseUnread();

        string machine = Machine.Describe(workload.Threads, workload.Seed);
        Console.WriteLine(machine);
        var options = workload.Options(line, batch);
        options.NumberOfEpochs = 1000;
        var weights = workload.Weights(options);
        using var stop = new CancellationTokenSource();
        var samples = new List<Sample>();
        using (var trainer = new SteppedTrainer(options, weights, workload.Pack(workload.Histories(100, 100), 20)))
        {
            for (int step = 1; step <= steps; step++)
            {
                trainer.Step();
                if (step % (steps / Samples) != 0) continue;
                samples.Add(Sample.Take(step));
                Console.WriteLine($"step {step} of {steps}: {samples[^1].Resident / 1048576.0:F1} MiB resident, {samples[^1].LiveTensors} live tensors");
            }
        }
        Print(line, machine, samples);
    }

    private static void Print(CommandLine line, string machine, List<Sample> samples)
    {
        var first = samples[0];
        var report = new Report(("step", "0"), ("resident MiB", "F1"), ("against the first", "P2"), ("managed heap MiB", "F1"), ("live tensors", "0"));
        foreach (var s in samples) report.Add(s.Step, s.Resident / 1048576.0, (double)s.Resident / first.Resident - 1, s.Managed / 1048576.0, s.LiveTensors);
        Console.WriteLine(line.Command);
        Console.WriteLine(machine);
        report.Print();
        double growth = (double)samples[^1].Resident / first.Resident - 1;
        bool constant = samples.TrueForAll(s => s.LiveTensors == first.LiveTensors);
        Console.WriteLine($"Resident memory {growth:+0.00 %;-0.00 %} from step {first.Step} to step {samples[^1].Step} (allowed {Allowed:P0}): {(growth <= Allowed ? "kept" : "MISSED")}; live tensors {(constant ? "constant: kept" : "CHANGE: MISSED")}");
        report.WriteCsv(Path.Combine(line.Output, "leak.csv"));
        var chart = new Chart("Memory over optimizer steps", "step", "MiB");
        chart.Add("resident", samples.Select(s => ((double)s.Step, s.Resident / 1048576.0)));
        chart.Add("managed heap", samples.Select(s => ((double)s.Step, s.Managed / 1048576.0)));
        chart.Save(Path.Combine(line.Output, "leak.svg"));
    }

    private readonly record struct Sample(int Step, long Resident, long Managed, long LiveTensors)
    {
        /// <summary>Taken between two steps, behind a full collection: what is still referred to, not what waits to be collected.</summary>
        public static Sample Take(int step)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            GC.Collect();
            return new Sample(step, ResidentMemory.Now(), GC.GetGCMemoryInfo().HeapSizeBytes, torch.Tensor.TotalCount);
        }
    }
}
