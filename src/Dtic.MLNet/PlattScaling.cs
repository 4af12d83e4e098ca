namespace Dtic.MLNet;

/// <summary>Makes probabilities of click logits: <c>1 / (1 + exp(-(Slope * score + Offset)))</c> (Platt 1999).</summary>
/// <param name="Slope">Factor of the logit; 0 or more, so that higher scores never get lower probabilities.</param>
/// <param name="Offset">Added to the scaled logit.</param>
public sealed record PlattScaling(double Slope, double Offset)
{
    /// <summary>What an uncalibrated model does: the probability is the logit's sigmoid.</summary>
    internal static PlattScaling None { get; } = new(1, 0);

    /// <summary>The probability of a click.</summary>
    /// <param name="score">The logit, as in the column Score.</param>
    /// <returns>From 0 to 1.</returns>
    public double Probability(double score) => 1 / (1 + Math.Exp(-Logit(score)));

    /// <summary>The calibrated logit: above 0 where the probability is above a half.</summary>
    internal double Logit(double score) => (Slope * score) + Offset;

    /// <summary>The probability in single precision, never exactly 0 or 1: there the log-loss is infinite.</summary>
    internal float ColumnValue(float score) => Math.Clamp((float)Probability(score), SmallestProbability, LargestProbability);

    private const float SmallestProbability = 1.17549435e-38f;   // the smallest normal number
    private const float LargestProbability = 0.99999994f;        // the largest number below 1
}
