using Dtic.MLNet.Model;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class OneDnnProductsTests
{
    [TestMethod]
    public void Begin_OverlappingLeases_LastOnePutsTheSettingBack()
    {
        if (OneDnnProducts.Obstacle is { } obstacle)
        {
            Assert.IsNull(OneDnnProducts.Begin(wanted: true), obstacle);
            return;
        }

        int before = OneDnnProducts.Current;
        var first = OneDnnProducts.Begin(wanted: true)!;
        int during = OneDnnProducts.Current;
        Assert.AreNotEqual(before, during);

        var second = OneDnnProducts.Begin(wanted: true)!;
        first.Dispose();
        first.Dispose();
        Assert.AreEqual(during, OneDnnProducts.Current);

        second.Dispose();
        Assert.AreEqual(before, OneDnnProducts.Current);
    }

    [TestMethod]
    public void Begin_NotWanted_IsNoLease() => Assert.IsNull(OneDnnProducts.Begin(wanted: false));

    [TestMethod]
    public void Products_DuringALease_AreThoseOfFloat32()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1, CPU);
        Tensor a = randn([100, 64], generator: generator), b = randn([64, 96], generator: generator);
        var expected = a.to(ScalarType.Float64).mm(b.to(ScalarType.Float64)).to(ScalarType.Float32);

        using var lease = OneDnnProducts.Begin(wanted: true);

        Closeness.AssertClose(expected.data<float>().ToArray(), a.mm(b).data<float>().ToArray(), 5e-5);   // bfloat16 would be off by 1e-1
    }
}
