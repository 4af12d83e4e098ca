using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class QuantileSketchTests
{
    [TestMethod]
    [DataRow(new double[0], 4, new double[0], DisplayName = "nothing")]
    [DataRow(new[] { 5.0, 5.0 }, 4, new double[0], DisplayName = "one value")]
    [DataRow(new[] { 1.0, 0.0, 1.0, 0.0, 0.0 }, 4, new[] { 0.0 }, DisplayName = "two values")]
    [DataRow(new[] { -0.0, 0.0 }, 4, new double[0], DisplayName = "both zeros are one value")]
    [DataRow(new[] { 1.0, 2, 3, 4, 5, 6, 7, 8 }, 4, new[] { 2.0, 4, 6 }, DisplayName = "quartiles")]
    [DataRow(new[] { 9.0, 9, 9, 9, 9, 9, 1, 2 }, 2, new[] { 2.0 }, DisplayName = "the largest value is no edge")]
    [DataRow(new[] { 0.0, 0, 0, 0, 0, 0, 1, 2, 3, 4 }, 4, new[] { 0.0, 2 }, DisplayName = "a frequent value fills a bin")]
    [DataRow(new[] { 1.0, 2, 3, 7, 7, 7, 7, 7, 8, 9 }, 4, new[] { 3.0, 7 }, DisplayName = "a frequent value is not mixed with those below")]
    [DataRow(new[] { double.NaN, double.PositiveInfinity, double.NegativeInfinity, 1, 2 }, 2, new[] { 1.0 }, DisplayName = "not finite")]
    [DataRow(new[] { -2.5, -1.5, 1.5 }, 3, new[] { -2.5, -1.5 }, DisplayName = "negative")]
    public void Edges_LiteralValues_AreQuantiles(double[] values, int bins, double[] expected) => CollectionAssert.AreEqual(expected, Edges(values, bins, 65_536));

    [TestMethod]
    public void Edges_FewEnoughDistinctValues_AreTheSortedValuesAtTheQuantiles()
    {
        for (int seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var values = Enumerable.Range(0, random.Next(1, 300)).Select(_ => (double)random.Next(-40, 40)).ToArray();
            int bins = random.Next(1, 20);
            var sorted = values.Order().ToArray();
            var distinct = sorted.Distinct().ToArray();
            var expected = distinct[..^1].AsEnumerable();
            if (distinct.Length > bins)
            {
                var quantiles = Enumerable.Range(1, bins - 1).Select(i => sorted[(int)Math.Ceiling(values.Length * (double)i / bins) - 1]).CountBy(value => value).ToArray();
                var below = quantiles.Where(quantile => quantile.Value > 1 || quantile.Key == sorted[^1]).SelectMany(quantile => distinct.Where(value => value < quantile.Key).TakeLast(1));
                expected = quantiles.Select(quantile => quantile.Key).Where(value => value < sorted[^1]).Union(below).Order();
            }

            CollectionAssert.AreEqual(expected.ToArray(), Edges(values, bins, 65_536), $"seed {seed}");
        }
    }

    [TestMethod]
    public void Edges_MoreDistinctValuesThanBuckets_OrderDoesNotMatter()
    {
        for (int seed = 0; seed < 50; seed++)
        {
            var random = new Random(seed);
            var values = Enumerable.Range(0, 2000).Select(_ => Math.Exp(random.NextDouble() * 40 - 20) * (random.Next(3) - 1)).ToArray();
            int maximum = random.Next(8, 200);

            var first = Edges(values, 10, maximum);
            random.Shuffle(values);

            CollectionAssert.AreEqual(first, Edges(values, 10, maximum), $"seed {seed}");
        }
    }

    [TestMethod]
    public void Edges_MillionDistinctValues_AreWithinATenThousandthOfTheQuantiles()
    {
        var random = new Random(1);
        var values = Enumerable.Range(0, 1_000_000).Select(_ => 1.5e9 + 2e8 * random.NextDouble()).ToArray();

        double[] edges = Edges(values, 32, 65_536);

        Assert.HasCount(31, edges);
        Array.Sort(values);
        for (int i = 0; i < edges.Length; i++)
        {
            double rank = (Array.BinarySearch(values, edges[i]) + 1) / 1e6;   // an edge is one of the values
            Assert.AreEqual((i + 1) / 32.0, rank, 1e-4);
        }
    }

    private static double[] Edges(double[] values, int bins, int maximumBuckets)
    {
        var sketch = new QuantileSketch(maximumBuckets);
        foreach (double value in values)
        {
            sketch.Add(value);
        }
        return sketch.Edges(bins);
    }
}
