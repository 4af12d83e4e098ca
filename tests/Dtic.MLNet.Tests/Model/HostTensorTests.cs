using Dtic.MLNet.Model;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class HostTensorTests
{
    [TestMethod]
    public void Of_Values_HoldsThemAligned()
    {
        using var scope = NewDisposeScope();
        for (int length = 1; length < 40; length++)
        {
            float[] floats = [.. Enumerable.Range(0, length).Select(i => i + 0.5f)];
            long[] longs = [.. Enumerable.Range(0, length).Select(i => long.MaxValue - i)];
            int[] integers = [.. Enumerable.Range(0, length).Select(i => int.MinValue + i)];
            Tensor matrix = HostTensor.Of(floats, [length, 1], CPU), row = HostTensor.Of(floats, CPU), large = HostTensor.Of(longs, CPU), small = HostTensor.Of(integers, CPU);

            CollectionAssert.AreEqual(new long[] { length, 1 }, matrix.shape);
            CollectionAssert.AreEqual(floats, matrix.data<float>().ToArray());
            CollectionAssert.AreEqual(floats, row.data<float>().ToArray());
            CollectionAssert.AreEqual(longs, large.data<long>().ToArray());
            CollectionAssert.AreEqual(Array.ConvertAll(integers, i => (long)i), small.data<long>().ToArray());
            Alignment.AssertAligned([("matrix", matrix), ("row", row), ("large", large), ("small", small)]);
        }
    }

    [TestMethod]
    public void Of_NoValues_IsEmpty()
    {
        using Tensor floats = HostTensor.Of(Array.Empty<float>(), [0, 4], CPU), integers = HostTensor.Of(Array.Empty<int>(), CPU);

        CollectionAssert.AreEqual(new long[] { 0, 4 }, floats.shape);
        CollectionAssert.AreEqual(new long[] { 0 }, integers.shape);
    }

    [TestMethod]
    [DataRow(5)]
    [DataRow(7)]
    public void Of_AnotherNumberOfValuesThanTheShapeHas_Throws(int count)
    {
        var failure = Assert.ThrowsExactly<ArgumentException>(() => HostTensor.Of(new float[count], [2, 3], CPU));

        Assert.AreEqual($"{count} values do not fill a shape of 6. (Parameter 'values')", failure.Message);
    }

    [TestMethod]
    public void Of_Values_LeavesNoTensor() => LiveTensors.AssertNoneLeft(() => HostTensor.Of(new float[6], [2, 3], CPU).Dispose());
}
