namespace Dtic.Benchmarks.Measures;

/// <summary>The middle value; of an even number the mean of the two in the middle.</summary>
internal static class Median
{
    public static double Of(IReadOnlyCollection<double> values)
    {
        double[] sorted = [.. values.Order()];
        if (sorted.Length == 0) throw new ArgumentException("There is no value.", nameof(values));
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
