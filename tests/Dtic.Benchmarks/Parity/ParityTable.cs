using Dtic.Benchmarks.Measures;

namespace Dtic.Benchmarks.Parity;

/// <summary>The means over seeds of every variant, beside the sliding-window twin.</summary>
internal static class ParityTable
{
    private const double AucAllowed = 0.002, LogLossAllowed = 0.005, F1Allowed = 0.005;

    public static void Print(CommandLine line, string name, IReadOnlyList<ParityVariant> variants, ILookup<ParityVariant, ParityResult> results, ParityLog log, int resamples)
    {
        var report = new Report(
            ("variant", ""), ("AUC", "F4"), ("F1", "F4"), ("LogLoss (nats)", "F4"), ("AUC - twin", "+0.0000;-0.0000"), ("95 % low", "+0.0000;-0.0000"), ("95 % high", "+0.0000;-0.0000"),
            ("F1 - twin", "+0.0000;-0.0000"), ("LogLoss - twin", "+0.0000;-0.0000"), ("packed AUC", "F4"), ("packed LogLoss", "F4"), ("training s", "F1"), ("x twin", "F2"), ("verdict", ""));
        var chart = new Chart($"Quality against training time, {name}", "training seconds", "AUC, one target at a time", logX: true);
        var twin = Runs(results[variants.Single(v => v.IsTwin)]);
        var twinScores = twin.Select(log.Scores).ToArray();
        foreach (var family in variants.GroupBy(v => v.Family))
        {
            foreach (var variant in family)
            {
                var runs = Runs(results[variant]);
                if (variant.IsTwin) AddTwin(report, variant, runs);
                else AddVariant(report, variant, runs, twin, twinScores, log, resamples);
            }
            chart.Add(family.Key, family.Select(v => (results[v].Average(r => r.TrainingSeconds), results[v].Average(r => r.Alone.Auc))).OrderBy(p => p.Item1));
        }
        Console.WriteLine($"{name}: means over {results[variants[0]].Count()} seeds");
        report.Print();
        report.WriteCsv(Path.Combine(line.Output, $"parity-{name}.csv"));
        chart.Save(Path.Combine(line.Output, $"parity-{name}.svg"));
    }

    private static ParityResult[] Runs(IEnumerable<ParityResult> results) => [.. results.OrderBy(r => r.Seed)];

    private static double Mean(ParityResult[] runs, Func<ParityResult, double> figure) => runs.Average(figure);

    private static void AddTwin(Report report, ParityVariant variant, ParityResult[] runs) => report.Add(
        variant.Name, Mean(runs, r => r.Alone.Auc), Mean(runs, r => r.Alone.F1), Mean(runs, r => r.Alone.LogLoss), double.NaN, double.NaN, double.NaN, double.NaN, double.NaN,
        Mean(runs, r => r.Packed.Auc), Mean(runs, r => r.Packed.LogLoss), Mean(runs, r => r.TrainingSeconds), 1.0, "twin");

    private static void AddVariant(
        Report report, ParityVariant variant, ParityResult[] runs, ParityResult[] twin, ParityScores[] twinScores, ParityLog log, int resamples)
    {
        var scores = runs.Select(log.Scores).ToArray();
        foreach (var (ours, theirs) in scores.Zip(twinScores))
        {
            if (!ours.Rows.SequenceEqual(theirs.Rows)) throw new InvalidOperationException($"{variant.Name} was not scored on its twin's rows in their order.");
        }
        var (low, high) = UserBootstrap.Difference([.. scores.Select(s => s.Auc)], [.. twinScores.Select(s => s.Auc)], scores[0].Users, resamples, seed: 1);
        double auc = Difference(r => r.Alone.Auc), f1 = Difference(r => r.Alone.F1), logLoss = Difference(r => r.Alone.LogLoss);
        string[] missed = [.. Missed(auc, f1, logLoss)];
        report.Add(
            variant.Name, Mean(runs, r => r.Alone.Auc), Mean(runs, r => r.Alone.F1), Mean(runs, r => r.Alone.LogLoss), auc, low, high, f1, logLoss,
            Mean(runs, r => r.Packed.Auc), Mean(runs, r => r.Packed.LogLoss), Mean(runs, r => r.TrainingSeconds), Mean(twin, r => r.TrainingSeconds) / Mean(runs, r => r.TrainingSeconds),
            missed.Length == 0 ? "parity" : $"misses {string.Join(", ", missed)}");

        double Difference(Func<ParityResult, double> figure) => Mean(runs, figure) - Mean(twin, figure);
    }

    private static IEnumerable<string> Missed(double auc, double f1, double logLoss)
    {
        if (!(auc >= -AucAllowed)) yield return "AUC";
        if (!(f1 >= -F1Allowed)) yield return "F1";
        if (!(logLoss <= LogLossAllowed)) yield return "LogLoss";
    }
}
