namespace Dtic.MLNet.Tests.Model;

/// <summary>Compares numbers by the largest absolute difference; a NaN is infinitely far from everything.</summary>
internal static class Closeness
{
    public static void AssertClose(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual, double tolerance, string message = "")
    {
        double difference = Difference(expected, actual);
        Assert.IsTrue(difference <= tolerance, $"Largest difference {difference}, tolerance {tolerance}. {message}");
    }

    public static void AssertClose(float[][] expected, float[][] actual, double tolerance, string message = "")
    {
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            AssertClose(expected[i], actual[i], tolerance, $"{message} Row {i}.");
        }
    }

    public static double Difference(ReadOnlySpan<float> expected, ReadOnlySpan<float> actual)
    {
        Assert.AreEqual(expected.Length, actual.Length);
        double largest = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            double difference = Math.Abs((double)expected[i] - actual[i]);
            largest = Math.Max(largest, double.IsNaN(difference) ? double.PositiveInfinity : difference);
        }

        return largest;
    }
}
