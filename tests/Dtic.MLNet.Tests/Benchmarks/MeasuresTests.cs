using Dtic.Benchmarks.Measures;

namespace Dtic.MLNet.Tests.Benchmarks;

[TestClass]
public sealed class MeasuresTests
{
    [TestMethod]
    [DataRow(new[] { 3.0, 1, 2 }, 2.0, DisplayName = "Odd")]
    [DataRow(new[] { 4.0, 1, 2, 10 }, 3.0, DisplayName = "Even")]
    public void Median_FewValues_IsTheMiddle(double[] values, double expected) => Assert.AreEqual(expected, Median.Of(values));

    [TestMethod]
    [DataRow(1.0)]
    [DataRow(2.0)]
    public void LogLogSlope_PowerLaw_IsItsExponent(double exponent) =>
        Assert.AreEqual(exponent, LogLogSlope.Of([.. new[] { 1.0, 2, 8, 64 }.Select(x => (x, 3 * Math.Pow(x, exponent)))]), 1e-12);

    [TestMethod]
    public void ResidentMemory_AllocatedAndTouched_Grows()
    {
        long before = ResidentMemory.Now();

        byte[] block = new byte[64 << 20];
        Array.Fill(block, (byte)1);

        Assert.IsGreaterThan(before + (32L << 20), ResidentMemory.Now());
        Assert.IsGreaterThanOrEqualTo(ResidentMemory.Now() - (8L << 20), ResidentMemory.Peak());
        GC.KeepAlive(block);
    }
}
