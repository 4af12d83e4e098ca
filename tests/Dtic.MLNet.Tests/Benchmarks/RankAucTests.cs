using Dtic.Benchmarks.Measures;

namespace Dtic.MLNet.Tests.Benchmarks;

[TestClass]
public sealed class RankAucTests
{
    [TestMethod]
    [DataRow(new[] { 0.1f, 0.4f, 0.35f, 0.8f }, new[] { false, false, true, true }, 0.75, DisplayName = "Three of four pairs in order")]
    [DataRow(new[] { 0.5f, 0.5f }, new[] { false, true }, 0.5, DisplayName = "A tie is half a pair")]
    [DataRow(new[] { 3f, 1f, 2f }, new[] { false, true, true }, 0.0, DisplayName = "All the wrong way round")]
    [DataRow(new[] { 1f, 1f, 2f, 2f }, new[] { false, true, false, true }, 0.5, DisplayName = "One pair in order, two ties, one not")]
    public void Value_FewRows_IsTheShareOfOrderedPairs(float[] scores, bool[] labels, double expected)
    {
        double value = new RankAuc(new int[scores.Length], labels, scores).Value();

        Assert.AreEqual(expected, value, 1e-12);
    }

    [TestMethod]
    public void Value_OneClass_IsNaN() => Assert.IsTrue(double.IsNaN(new RankAuc([0, 0], [true, true], [1, 2]).Value()));

    [TestMethod]
    public void Value_WeightedUsers_EqualsRowsRepeated()
    {
        var random = new Random(1);
        int[] users = [.. Enumerable.Range(0, 200).Select(_ => random.Next(7))];
        bool[] labels = [.. users.Select(_ => random.Next(3) == 0)];
        float[] scores = [.. users.Select(_ => (float)random.Next(20))];   // many ties
        int[] weights = [0, 1, 2, 3, 0, 1, 5];
        int[] repeated = [.. Enumerable.Range(0, 200).SelectMany(row => Enumerable.Repeat(row, weights[users[row]]))];

        double value = new RankAuc(users, labels, scores).Value(weights);

        double pairs = 0, ordered = 0;
        foreach (int positive in repeated.Where(row => labels[row]))
        {
            foreach (int negative in repeated.Where(row => !labels[row]))
            {
                pairs++;
                ordered += scores[positive] > scores[negative] ? 1 : scores[positive] == scores[negative] ? 0.5 : 0;
            }
        }

        Assert.AreEqual(ordered / pairs, value, 1e-12);
    }
}
