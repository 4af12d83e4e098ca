using Dtic.MLNet;

namespace Dtic.Benchmarks.Parity;

/// <summary>One way to train: a kind of model and the number of targets that share a prompt.</summary>
/// <param name="Family">Name of the kind; variants of one family differ in k alone, and the one with k = 1 is the others' sliding-window twin.</param>
/// <param name="TargetsPerPrompt">k; 0: whole histories.</param>
/// <param name="Configure">What makes the kind, on top of the options all share.</param>
internal sealed record ParityVariant(string Family, int TargetsPerPrompt, Action<DticTrainer.Options> Configure)
{
    public string Name => $"{Family}, {TargetsPerPrompt switch { 0 => "whole histories", 1 => "sliding window", int k => $"k = {k}" }}";

    /// <summary>The kinds that are compared: every context mode. Add a line for another option that earns or loses its place here.</summary>
    private static IEnumerable<(string Family, Action<DticTrainer.Options> Configure)> Families() =>
        Enum.GetValues<ContextAttention>().Select(mode => (mode.ToString(), (Action<DticTrainer.Options>)(options => options.ContextAttention = mode)));

    /// <summary>Of every kind the sliding window and each k.</summary>
    public static IReadOnlyList<ParityVariant> All(IEnumerable<int> targetsPerPrompt)
    {
        int[] counts = [1, .. targetsPerPrompt.Where(k => k != 1)];
        return [.. Families().SelectMany(f => counts.Select(k => new ParityVariant(f.Family, k, f.Configure)))];
    }
}
