using Dtic.MLNet;

namespace Dtic.Benchmarks.Parity;

/// <summary>One way to train: a kind of model and the number of targets that share a prompt.</summary>
/// <param name="Family">Name of the kind; variants of one family differ in k alone.</param>
/// <param name="TargetsPerPrompt">k; 0: whole histories; 1: the sliding window of the default mode, every other variant's twin.</param>
/// <param name="Configure">What makes the kind, on top of the options all share.</param>
internal sealed record ParityVariant(string Family, int TargetsPerPrompt, Action<DticTrainer.Options> Configure)
{
    public string Name => $"{Family}, {TargetsPerPrompt switch { 0 => "whole histories", 1 => "sliding window", int k => $"k = {k}" }}";

    public bool IsTwin => TargetsPerPrompt == 1;

    /// <summary>The default mode as sliding windows and with each k, the paper's mode with each k, and with the first k what each other remedy and option contributes.</summary>
    public static IReadOnlyList<ParityVariant> All(IReadOnlyList<int> targetsPerPrompt)
    {
        int[] counts = [.. targetsPerPrompt.Where(k => k != 1)];
        int packed = counts.FirstOrDefault(50);
        return
        [
            Of(ContextAttention.Isolated, 1),
            .. counts.Select(k => Of(ContextAttention.Isolated, k)),
            .. counts.Select(k => Of(ContextAttention.Windowed, k)),
            Of(ContextAttention.WindowedReset, packed),
            new("Isolated, no item pooling", packed, o => o.ItemPooling = false),
            .. Enum.GetValues<PositionEncoding>().Select(p => new ParityVariant($"Isolated, {p}", packed, o => o.PositionEncoding = p)),
        ];
    }

    private static ParityVariant Of(ContextAttention mode, int targetsPerPrompt) => new(mode.ToString(), targetsPerPrompt, o => o.ContextAttention = mode);
}
