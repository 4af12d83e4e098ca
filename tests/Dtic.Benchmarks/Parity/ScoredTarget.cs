namespace Dtic.Benchmarks.Parity;

/// <summary>What is read back of a scored target.</summary>
internal sealed class ScoredTarget
{
    public string UserId { get; set; } = "";
    public bool Label { get; set; }
    public float Score { get; set; }
    public float Probability { get; set; }
    public bool PredictedLabel { get; set; }
}
