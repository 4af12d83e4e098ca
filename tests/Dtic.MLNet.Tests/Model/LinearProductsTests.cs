using Dtic.MLNet.Model;
using Dtic.MLNet.Model.Kernels;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class LinearProductsTests
{
    [TestMethod]
    [DataRow(16, 16, DisplayName = "half a panel")]
    [DataRow(48, 16, DisplayName = "more results than inputs, one panel and a half")]
    [DataRow(16, 48, DisplayName = "more inputs than results")]
    [DataRow(32, 1040, DisplayName = "more steps than go together")]
    [DataRow(1040, 32, DisplayName = "the same on the way back")]
    [DataRow(512, 272, DisplayName = "large")]
    public void Products_BlockByBlock_EqualTorchsInDouble(int results, int inputs)
    {
        bool before = LinearProducts.AlsoForLarge;
        foreach (bool alsoForLarge in (bool[])[false, true])
        {
            LinearProducts.AlsoForLarge = alsoForLarge;
            foreach (int bits in SimdWidth.Supported) Check(bits, results, inputs, rows: [7, 1, 8, 100]);
        }
        LinearProducts.AlsoForLarge = before;
    }

    [TestMethod]
    public void Products_WithOneDnn_AreTorchsOwn()
    {
        using var lease = OneDnnProducts.Begin(wanted: true);
        if (lease is null) Assert.Inconclusive(OneDnnProducts.Obstacle ?? "");
        Check(SimdWidth.Supported[0], 32, 16, rows: [3, 4]);
    }

    private static void Check(int bits, int results, int inputs, int[] rows)
    {
        using var scope = NewDisposeScope();
        int all = rows.Sum();
        Tensor weight = Random(results, inputs), x = Random(all, inputs), above = Random(all, results), y = empty(all + 2, results), dx = empty(all + 1, inputs);
        LinearProducts forward = new(bits, weight, backward: false), backward = new(bits, weight, backward: true);
        Matrix xs = new(x), ups = new(above), ys = new(y), dxs = new(dx);
        int begin = 0;
        foreach (int count in rows)
        {
            forward.Forward(xs, begin, ys, begin + 2, count);   // to other rows than those it reads
            backward.InputGradient(ups, begin, dxs, begin + 1, count);
            backward.AddWeightGradient(ups, begin, xs, begin, count);
            begin += count;
        }
        var (w64, x64, above64) = (weight.to(ScalarType.Float64), x.to(ScalarType.Float64), above.to(ScalarType.Float64));
        AssertClose(x64.mm(w64.t()), y.narrow(0, 2, all), $"forward, {bits} bits");
        AssertClose(above64.mm(w64), dx.narrow(0, 1, all), $"gradient of the input, {bits} bits");
        AssertClose(above64.t().mm(x64), backward.WeightGradient(), $"gradient of the weights, {bits} bits");
    }

    private static void AssertClose(Tensor expected, Tensor actual, string what) =>
        Closeness.AssertClose(expected.to(ScalarType.Float32).data<float>().ToArray(), actual.contiguous().data<float>().ToArray(), 1e-4, what);

    private static Tensor Random(int rows, int columns)
    {
        var random = new Random((rows * 31) + columns);
        return tensor([.. Enumerable.Range(0, rows * columns).Select(_ => (float)(random.NextDouble() - 0.5))], [rows, columns]);
    }
}
