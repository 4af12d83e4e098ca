namespace Dtic.MLNet.Evaluation;

/// <summary>What the rate of clicks alone would score on the same rows, given to every row; a part of <see cref="ClickMetrics"/>.</summary>
/// <remarks>Its area under the ROC curve and grouped area are 0.5, its normalized entropy is 1 and its calibration error 0.</remarks>
public sealed class ConstantPredictor
{
    internal ConstantPredictor(double rate)
    {
        Probability = rate;
        LogLoss = Loss.Entropy(rate);
        BrierScore = rate * (1 - rate);
        F1Score = 2 * rate / (1 + rate);
    }

    /// <summary>The probability that it gives: the share of rows with a label of 1.</summary>
    public double Probability { get; }

    /// <summary>In bits.</summary>
    public double LogLoss { get; }

    /// <summary>Mean squared difference between probability and label.</summary>
    public double BrierScore { get; }

    /// <summary>Of predicting a click everywhere.</summary>
    public double F1Score { get; }
}
