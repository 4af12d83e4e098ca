namespace Dtic.Benchmarks.Measures;

/// <summary>The exponent of a power law: the least-squares slope of log y against log x.</summary>
internal static class LogLogSlope
{
    public static double Of(IReadOnlyList<(double X, double Y)> points)
    {
        double meanX = points.Average(p => Math.Log(p.X)), meanY = points.Average(p => Math.Log(p.Y));
        return points.Sum(p => (Math.Log(p.X) - meanX) * (Math.Log(p.Y) - meanY)) / points.Sum(p => Math.Pow(Math.Log(p.X) - meanX, 2));
    }
}
