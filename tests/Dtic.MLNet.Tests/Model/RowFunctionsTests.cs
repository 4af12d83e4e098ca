using Dtic.MLNet.Model;
using Dtic.MLNet.Model.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class RowFunctionsTests
{
    private const double Epsilon = 1e-6;

    // A Scalar made in passing may be collected while torch reads it, and the formulas run often: theirs live.
    private static readonly Scalar HeldEpsilon = Epsilon;

    [TestMethod]
    [DataRow(16, DisplayName = "whole vectors of 512 bits")]
    [DataRow(24, DisplayName = "whole vectors of 256 bits")]
    [DataRow(20, DisplayName = "whole vectors of 128 bits")]
    [DataRow(7, DisplayName = "no whole vectors")]
    public void RmsNorm_AnyWidth_EqualsTheFormulaInDouble(int width)
    {
        AssertEquals(
            [Random([5, width], 1, spread: 3), Random([width], 2)],
            x => RowFunctions.RmsNorm(x[0], x[1], Epsilon),
            x => RmsNorm(x[0], x[1]));
    }

    [TestMethod]
    [DataRow(16, DisplayName = "whole vectors of 512 bits")]
    [DataRow(24, DisplayName = "whole vectors of 256 bits")]
    [DataRow(20, DisplayName = "whole vectors of 128 bits")]
    [DataRow(7, DisplayName = "no whole vectors")]
    public void SwiGlu_AnyWidth_EqualsTheFormulaInDouble(int width)
    {
        AssertEquals(
            [Random([5, 2 * width], 3, spread: 4)],
            x => RowFunctions.SwiGlu(x[0]),
            x => Silu(x[0].narrow(1, 0, width)) * x[0].narrow(1, width, width));
    }

    [TestMethod]
    [DataRow(5, 16, 32, DisplayName = "one block, whole vectors of 512 bits")]
    [DataRow(5, 24, 40, DisplayName = "one block, whole vectors of 256 bits")]
    [DataRow(1600, 16, 16, DisplayName = "three blocks")]
    [DataRow(5, 7, 9, DisplayName = "no whole vectors")]
    public void FeedForward_AnyShape_EqualsTheFormulaInDouble(int rows, int d, int f)
    {
        using Scalar few = 1 / Math.Sqrt(rows);   // keeps the weights' gradients, sums over the rows, of size 1
        AssertEquals(
            [Random([rows, d], 1), Random([d], 2), Random([f, d], 3, spread: 0.3f), Random([f, d], 4, spread: 0.3f), Random([d, f], 5, spread: 0.3f)],
            x => RowFunctions.FeedForward(x[0], x[1], x[2], x[3], x[4], Epsilon, null).mul(few),
            x => x[0].add(FeedForward(x), HeldScalar.One).mul(few));
    }

    [TestMethod]
    [DataRow(5, 16, DisplayName = "one block, whole vectors of 512 bits")]
    [DataRow(200, 24, DisplayName = "whole vectors of 256 bits")]
    [DataRow(200, 16, DisplayName = "several blocks")]
    [DataRow(5, 7, DisplayName = "no whole vectors")]
    public void NormedLinear_AnyShape_EqualsTheFormulaInDouble(int rows, int d)
    {
        using Scalar few = 1 / Math.Sqrt(rows);
        AssertEquals(
            [Random([rows, d], 1), Random([d], 2), Random([d, d], 3), Random([2 * d, d], 4)],
            x => RowFunctions.NormedLinear(x[0], x[1], Epsilon, x[2], x[3]).mul(few),
            x => RmsNorm(x[0], x[1]).mm(cat([x[2], x[3]]).t()).mul(few));
    }

    [TestMethod]
    [DataRow(32, 48, DisplayName = "whole vectors")]
    [DataRow(32, 7, DisplayName = "whole vectors on one side")]
    [DataRow(7, 7, DisplayName = "no whole vectors")]
    public void ResidualLinear_WithAndWithoutDropout_EqualsTheFormulaInDouble(int d, int k)
    {
        const int Rows = 200;
        var stream = new PromptStream([PromptText.Parse("| " + string.Join(' ', Enumerable.Range(0, Rows - 1).Select(i => 5 + (i % 9))) + " S")], 4, ContextAttention.Isolated);
        ulong[] keys = [.. Enumerable.Range(0, Rows).Select(i => (ulong)(7 * i))];
        using Scalar few = 0.05;
        foreach (bool drops in (bool[])[false, true])
        {
            AssertEquals(
                [Random([Rows, d], 1), Random([Rows, k], 2), Random([d, k], 3)],
                x => RowFunctions.ResidualLinear(x[0], x[1], x[2], Drops()).mul(few),
                x =>
                {
                    using var factors = (Drops()?.Apply(ones(Rows, d)) ?? ones(Rows, d)).to(ScalarType.Float64);
                    return x[0].add(x[1].mm(x[2].t()) * factors, HeldScalar.One).mul(few);
                });

            Dropout? Drops() => drops ? new Dropout(0.3, stream, keys) : null;
        }
    }

    [TestMethod]
    [DataRow(32, DisplayName = "whole vectors")]
    [DataRow(7, DisplayName = "no whole vectors")]
    public void FeedForward_WithDropout_DropsWhatDropoutDrops(int d)
    {
        const int Rows = 800, F = 16;   // two blocks
        var stream = new PromptStream([PromptText.Parse("| " + string.Join(' ', Enumerable.Range(0, Rows - 1).Select(i => 5 + (i % 9))) + " S")], 4, ContextAttention.Isolated);
        ulong[] keys = [.. Enumerable.Range(0, Rows).Select(i => (ulong)(7 * i))];
        using Scalar few = 0.03;
        Assert.HasCount(Rows, stream.Tokens);
        AssertEquals(
            [Random([Rows, d], 1), Random([d], 2), Random([F, d], 3, spread: 0.3f), Random([F, d], 4, spread: 0.3f), Random([d, F], 5, spread: 0.3f)],
            x => RowFunctions.FeedForward(x[0], x[1], x[2], x[3], x[4], Epsilon, new Dropout(0.3, stream, keys)).mul(few),
            x =>
            {
                using var factors = new Dropout(0.3, stream, keys).Apply(ones(Rows, d)).to(ScalarType.Float64);
                return x[0].add(FeedForward(x) * factors, HeldScalar.One).mul(few);
            });
    }

    [TestMethod]
    public void KernelsOfEachWidth_SameRows_EqualTheFormulaInDouble()
    {
        foreach (int bits in SimdWidth.Supported)
        {
            AssertEquals(
                [Random([3, 32], 1), Random([32], 2)],
                x => RmsNormFunction.apply(x[0], x[1], Epsilon, bits),
                x => RmsNorm(x[0], x[1]));
            AssertEquals(
                [Random([3, 64], 3)],
                x => SwiGluFunction.apply(x[0], bits),
                x => Silu(x[0].narrow(1, 0, 32)) * x[0].narrow(1, 32, 32));
        }
    }

    [TestMethod]
    public void SwiGlu_ExtremeGates_AreFinite()
    {
        float[] gates = [-1e30f, -1000, -88, -30, 0, 30, 88, 1000, -1e30f, -1000, -88, -30, 0, 30, 88, 1000];
        using var scope = NewDisposeScope();
        var x = cat([tensor(gates, [1, 16]), ones(1, 16)], 1).requires_grad_(true);

        var y = RowFunctions.SwiGlu(x);
        y.sum().backward();

        float[] values = y.data<float>().ToArray();
        Assert.IsTrue(values.Concat(x.grad!.data<float>().ToArray()).All(float.IsFinite));
        Closeness.AssertClose([0, 0, 0, 0, 0, 30, 88, 1000], values.AsSpan(0, 8), 1e-6);
    }

    [TestMethod]
    public void Functions_ForwardAndBackward_LeaveNoTensor()
    {
        LiveTensors.AssertNoneLeft(() =>
        {
            using var scope = NewDisposeScope();
            Tensor x = Random([4, 64], 1).requires_grad_(true), weight = Random([64], 2).requires_grad_(true);
            Tensor gate = Random([32, 64], 3).requires_grad_(true), down = Random([64, 32], 4).requires_grad_(true);
            RowFunctions.SwiGlu(RowFunctions.RmsNorm(x, weight, Epsilon)).sum().backward();
            RowFunctions.FeedForward(x, weight, gate, gate, down, Epsilon, null).sum().backward();
        });
    }

    private static Tensor Random(long[] shape, int seed, float spread = 1)
    {
        using var generator = new Generator((ulong)seed, CPU);
        using Scalar factor = spread;
        return randn(shape, generator: generator).mul_(factor);
    }

    private static Tensor RmsNorm(Tensor x, Tensor weight) => x / (x * x).mean([1], keepdim: true).add(HeldEpsilon, HeldScalar.One).sqrt() * weight;

    private static Tensor Silu(Tensor x) => x / x.neg().exp().add(HeldScalar.One, HeldScalar.One);

    /// <summary>Of rows, the norm's weight, gate, up and down; without the rows that it is added to.</summary>
    private static Tensor FeedForward(Tensor[] x)
    {
        var h = RmsNorm(x[0], x[1]);
        return (Silu(h.mm(x[2].t())) * h.mm(x[3].t())).mm(x[4].t());
    }

    /// <summary>The result to 1e-6 of its size, the gradients to 1e-5.</summary>
    private static void AssertEquals(Tensor[] inputs, Func<Tensor[], Tensor> actual, Func<Tensor[], Tensor> expected)
    {
        using var scope = NewDisposeScope();
        Tensor[] fast = [.. inputs.Select(x => x.detach().clone().requires_grad_(true))];
        Tensor[] slow = [.. inputs.Select(x => x.detach().to(ScalarType.Float64).requires_grad_(true))];
        Tensor y = actual(fast), z = expected(slow);
        var direction = Random(y.shape, 9);
        (y * direction).sum().backward();
        (z * direction.to(ScalarType.Float64)).sum().backward();

        Closeness.AssertClose(Values(z), Values(y), 1e-6 * (1 + z.abs().max().item<double>()));
        for (int i = 0; i < inputs.Length; i++)
        {
            Closeness.AssertClose(Values(slow[i].grad!), Values(fast[i].grad!), 1e-5, $"gradient {i}");
            inputs[i].Dispose();
        }
    }

    private static float[] Values(Tensor x) => x.to(ScalarType.Float32).contiguous().data<float>().ToArray();
}
