using System.Globalization;

namespace Dtic.MLNet.Evaluation;

/// <summary>A 95 % confidence interval: an estimate and 1.96 of its standard errors to either side.</summary>
/// <remarks>Both ends are NaN where there are too few rows, or users, to tell.</remarks>
public sealed class ConfidenceInterval
{
    private const double NormalQuantile = 1.959963984540054;

    private ConfidenceInterval(double low, double high)
    {
        Low = low;
        High = high;
    }

    /// <summary>Lower end.</summary>
    public double Low { get; }

    /// <summary>Upper end.</summary>
    public double High { get; }

    /// <summary>The ends to four digits.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Low:F4} to {High:F4}");

    /// <summary>Of an estimate that lies between two bounds whatever the data.</summary>
    internal static ConfidenceInterval Of(double estimate, double variance, double least, double most)
    {
        double reach = double.IsFinite(variance) ? NormalQuantile * Math.Sqrt(Math.Max(0, variance)) : double.NaN;
        return new ConfidenceInterval(Math.Max(least, estimate - reach), Math.Min(most, estimate + reach));
    }
}
