using Dtic.Transforms.Checks;

namespace Dtic.MLNet.Tests.Checks;

[TestClass]
public sealed class SampledCountsTests
{
    [TestMethod]
    public void Shares_FewHashes_AreExact()
    {
        var counts = new SampledCounts();
        (ulong Hash, bool? Clicked)[] rows = [(8, true), (8, true), (8, null), (9, false), (10, true), (10, false)];
        foreach (var (hash, clicked) in rows) counts.Add(hash, clicked);

        Assert.AreEqual(3, counts.Distinct);
        Assert.AreEqual(3.0 / 6, counts.RepeatedShare);
        Assert.AreEqual(5.0 / 6, counts.SharedShare);
        Assert.AreEqual(1.0 / 6, counts.RareShare(2));
        Assert.AreEqual(2.0 / 5, counts.PureShare(2));
        Assert.AreEqual(3.0 / 5, counts.PureShare(1));
    }

    [TestMethod]
    public void Shares_MoreHashesThanCapacity_AreNearlyRight()
    {
        var (counts, other) = (new SampledCounts(capacity: 4096), new SampledCounts(capacity: 1024));
        for (ulong i = 0; i < 60_000; i++)
        {
            ulong hash = RowHash.Add(RowHash.Start, i);
            counts.Add(hash);
            if (i % 2 == 0) counts.Add(hash);
            if (i % 3 == 0) other.Add(hash);
        }

        Assert.IsLessThanOrEqualTo(4096, counts.Tallies.Count());
        Assert.AreEqual(60_000, counts.Distinct, 6_000);
        Assert.AreEqual(1.0 / 3, counts.RepeatedShare, 0.04);
        Assert.AreEqual(1.0 / 3, counts.ShareIn(other), 0.06);
        Assert.AreEqual(1.0, other.ShareIn(counts));
    }

    [TestMethod]
    public void Shares_Nothing_AreZero()
    {
        var counts = new SampledCounts();

        Assert.AreEqual((0L, 0.0, 0.0, 0.0), (counts.Distinct, counts.RepeatedShare, counts.PureShare(1), counts.ShareIn(counts)));
    }
}
