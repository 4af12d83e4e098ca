using Dtic.MLNet.Model;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class RotaryTableTests
{
    [TestMethod]
    public void Apply_AnyPosition_RotatesDimensionIWithIPlusHalf()
    {
        using var scope = NewDisposeScope();
        var table = new RotaryTable(headDimension: 4, rotaryBase: 100);
        int[] positions = [0, 3, 1500, 1_000_000];   // the last ones make the table grow
        float[] row = [1, 2, 3, 4];

        var rotated = table.At(positions, CPU).Apply(tensor(row).reshape(1, 1, 4).expand(4, 1, 4));

        float[] expected = [.. positions.SelectMany(p => new[] { Turn(p, 1, 3), Turn(p / 10.0, 2, 4) } is [var first, var second]
            ? new[] { first.X, second.X, first.Y, second.Y }
            : [])];
        Closeness.AssertClose(expected, rotated.contiguous().data<float>().ToArray(), 1e-6);
    }

    [TestMethod]
    public void At_NoPositions_IsEmpty()
    {
        using var scope = NewDisposeScope();
        var table = new RotaryTable(headDimension: 4, rotaryBase: 100);

        CollectionAssert.AreEqual(new long[] { 0, 1, 2 }, table.At([], CPU).Cosines.shape);
    }

    private static (float X, float Y) Turn(double angle, double x, double y) =>
        ((float)((x * Math.Cos(angle)) - (y * Math.Sin(angle))), (float)((y * Math.Cos(angle)) + (x * Math.Sin(angle))));
}
