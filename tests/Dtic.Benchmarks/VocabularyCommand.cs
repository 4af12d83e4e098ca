using Dtic.Benchmarks.Measures;

namespace Dtic.Benchmarks;

/// <summary>
/// Time of a training step against the size of the vocabulary: ids of items and users are many, and most of them are in no step. Items are drawn uniformly, so that
/// hardly a token comes twice in a step of a large vocabulary; real ids come more often.
/// </summary>
internal static class VocabularyCommand
{
    public static void Run(CommandLine line)
    {
        var workload = Workload.Read(line) with { Width = line.Number("d", 64) };
        int[] sizes = line.Numbers("sizes", line.Quick ? [1000, 2000] : [2_000, 20_000, 200_000, 1_000_000], minimum: 100);
        int k = line.Number("k", 50, 0), batch = line.Number("batch", line.Quick ? 50 : 200), rounds = line.Number("rounds", line.Quick ? 1 : 9);
        line.RefuseUnread();

        string machine = Machine.Describe(workload.Threads, workload.Seed);
        Console.WriteLine(machine);
        var trainers = sizes.Select(size => Trainer(line, workload with { Vocabulary = size }, k, batch)).ToArray();
        var seconds = Rounds.Seconds([.. trainers.Select((t, i) => ($"V = {sizes[i]}", (Func<double>)t.Step))], rounds, warmUps: 8);
        foreach (var trainer in trainers) trainer.Dispose();
        Print(line, machine, workload.Width, sizes, Array.ConvertAll(seconds, s => Median.Of(s)));
    }

    private static SteppedTrainer Trainer(CommandLine line, Workload workload, int k, int batch)
    {
        var options = workload.Options(line, batch);
        return new SteppedTrainer(options, workload.Weights(options), workload.Pack(workload.Histories(8, Math.Max(k, batch / Math.Max(k, 1) * Math.Max(k, 1))), k));
    }

    private static void Print(CommandLine line, string machine, int width, int[] sizes, double[] seconds)
    {
        var report = new Report(("V", "N0"), ("embeddings MiB", "F1"), ("ms per step", "F1"), ("against the first", "F2"));
        for (int i = 0; i < sizes.Length; i++) report.Add(sizes[i], sizeof(float) * (double)sizes[i] * width / 1048576, seconds[i] * 1e3, seconds[i] / seconds[0]);
        Console.WriteLine(line.Command);
        Console.WriteLine(machine);
        report.Print();
        report.WriteCsv(Path.Combine(line.Output, "vocabulary.csv"));
        var chart = new Chart("Time of a training step against the vocabulary", "token ids", "ms", logX: true);
        chart.Add($"d = {width}", sizes.Select((size, i) => ((double)size, seconds[i] * 1e3)));
        chart.Save(Path.Combine(line.Output, "vocabulary.svg"));
    }
}
