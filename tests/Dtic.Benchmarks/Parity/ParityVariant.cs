using Dtic.MLNet;

namespace Dtic.Benchmarks.Parity;

/// <summary>One way to train: a kind of model and the number of targets that share a prompt.</summary>
/// <param name="Family">Name of the kind; variants of one family differ in k alone.</param>
/// <param name="TwinFamily">The kind whose sliding window (k = 1) this one is compared with: its own, or that of the mode it changes.</param>
/// <param name="TargetsPerPrompt">k; 0: whole histories.</param>
/// <param name="Configure">What makes the kind, on top of the options all share.</param>
internal sealed record ParityVariant(string Family, string TwinFamily, int TargetsPerPrompt, Action<DticTrainer.Options> Configure)
{
    private const string Isolated = nameof(ContextAttention.Isolated), Windowed = nameof(ContextAttention.Windowed);

    public string Name => $"{Family}, {TargetsPerPrompt switch { 0 => "whole histories", 1 => "sliding window", int k => $"k = {k}" }}";

    public bool IsTwin => TargetsPerPrompt == 1;

    /// <summary>Both modes as sliding windows and with each k; and with the first k what each further remedy and option contributes.</summary>
    public static IReadOnlyList<ParityVariant> All(IReadOnlyList<int> targetsPerPrompt)
    {
        int[] counts = [1, .. targetsPerPrompt.Where(k => k != 1)];
        int packed = targetsPerPrompt.FirstOrDefault(k => k != 1, 50);
        return
        [
            .. counts.Select(k => new ParityVariant(Isolated, Isolated, k, o => o.ContextAttention = ContextAttention.Isolated)),
            .. counts.Select(k => new ParityVariant(Windowed, Windowed, k, o => o.ContextAttention = ContextAttention.Windowed)),
            new(nameof(ContextAttention.WindowedReset), Windowed, packed, o => o.ContextAttention = ContextAttention.WindowedReset),
            new("Isolated, no item pooling", Isolated, packed, o => o.ItemPooling = false),
            .. Enum.GetValues<PositionEncoding>().Where(p => p != new DticTrainer.Options().PositionEncoding)
                .Select(p => new ParityVariant($"Isolated, {p}", Isolated, packed, o => o.PositionEncoding = p)),
        ];
    }
}
