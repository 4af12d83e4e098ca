using Dtic.Benchmarks.Measures;

namespace Dtic.MLNet.Tests.Benchmarks;

[TestClass]
public sealed class UserBootstrapTests
{
    [TestMethod]
    public void Difference_SameScoresOnBothSides_IsExactlyZero()
    {
        // Zero only if both sides see the same draw of users.
        var (low, high) = UserBootstrap.Difference([Random(1), Random(2)], [Random(1), Random(2)], users: 5, resamples: 200, seed: 3);

        Assert.AreEqual(0, low);
        Assert.AreEqual(0, high);
    }

    [TestMethod]
    public void Difference_OneUser_IsTheDifferenceItself()
    {
        var ours = new RankAuc([0, 0, 0, 0], [false, false, true, true], [0.1f, 0.4f, 0.35f, 0.8f]);     // 0.75
        var theirs = new RankAuc([0, 0, 0, 0], [false, false, true, true], [0.5f, 0.5f, 0.5f, 0.5f]);    // 0.5

        var (low, high) = UserBootstrap.Difference([ours], [theirs], users: 1, resamples: 10, seed: 1);

        Assert.AreEqual(0.25, low, 1e-12);
        Assert.AreEqual(0.25, high, 1e-12);
    }

    [TestMethod]
    public void Difference_UsersThatDisagree_CoversBothAndIsRepeatable()
    {
        // One side is right about user 0 and wrong about user 1, the other knows nothing: 1, 0 or the mix of both against 0.5.
        var ours = new RankAuc([0, 0, 1, 1], [false, true, false, true], [1, 2, 2, 1]);
        var theirs = new RankAuc([0, 0, 1, 1], [false, true, false, true], [1, 1, 1, 1]);

        var interval = UserBootstrap.Difference([ours], [theirs], users: 2, resamples: 1000, seed: 1);

        Assert.AreEqual((-0.5, 0.5), interval);
        Assert.AreEqual(interval, UserBootstrap.Difference([ours], [theirs], users: 2, resamples: 1000, seed: 1));
    }

    [TestMethod]
    public void Difference_SeveralSeeds_AveragesThem()
    {
        var right = new RankAuc([0, 0], [false, true], [1, 2]);
        var wrong = new RankAuc([0, 0], [false, true], [2, 1]);
        var tied = new RankAuc([0, 0], [false, true], [1, 1]);

        var (low, high) = UserBootstrap.Difference([right, right, wrong, tied], [tied, tied, tied, tied], users: 1, resamples: 10, seed: 1);

        Assert.AreEqual(0.125, low, 1e-12);
        Assert.AreEqual(0.125, high, 1e-12);
    }

    [TestMethod]
    public void Difference_OneClass_SaysThatTheSetIsTooSmall()
    {
        var auc = new RankAuc([0, 0], [true, true], [1, 2]);

        var problem = Assert.ThrowsExactly<InvalidOperationException>(() => UserBootstrap.Difference([auc], [auc], users: 1, resamples: 10, seed: 1));

        Assert.AreEqual("Most draws of users lack a class; the test set is too small for an interval.", problem.Message);
    }

    private static RankAuc Random(int seed)
    {
        var random = new Random(seed);
        return new RankAuc([.. Enumerable.Range(0, 60).Select(row => row % 5)], [.. Enumerable.Range(0, 60).Select(_ => random.Next(2) == 0)], [.. Enumerable.Range(0, 60).Select(_ => random.NextSingle())]);
    }
}
