namespace Dtic.Benchmarks.Parity;

/// <summary>Figures of one scoring of the test set; LogLoss in nats.</summary>
internal readonly record struct Quality(double Auc, double F1, double LogLoss);

/// <summary>What one training run gave.</summary>
/// <param name="Data">Name of the data.</param>
/// <param name="Family">Of the variant.</param>
/// <param name="TargetsPerPrompt">Of the variant.</param>
/// <param name="Seed">Of weights, order and dropout.</param>
/// <param name="Alone">Scored one target at a time, as a service scores.</param>
/// <param name="Packed">Scored many targets at a time.</param>
/// <param name="TrainingSeconds">Of <c>Fit</c>, packing included.</param>
internal sealed record ParityResult(string Data, string Family, int TargetsPerPrompt, int Seed, Quality Alone, Quality Packed, double TrainingSeconds);
