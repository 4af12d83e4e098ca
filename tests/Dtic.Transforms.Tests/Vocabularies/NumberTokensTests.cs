using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class NumberTokensTests
{
    [TestMethod]
    [DataRow(double.NaN, 10)]
    [DataRow(double.NegativeInfinity, 11)]
    [DataRow(-5.0, 11)]
    [DataRow(3.5, 11)]
    [DataRow(3.6, 12)]
    [DataRow(7.0, 12)]
    [DataRow(7.1, 13)]
    [DataRow(double.PositiveInfinity, 13)]
    public void Encode_Value_ReturnsItsBin(double value, int expected) => Assert.AreEqual(expected, new NumberTokens("Price", 10, [3.5, 7]).Encode(value));

    [TestMethod]
    [DataRow(double.NaN, 4)]
    [DataRow(1.0, 5)]
    public void Encode_NoEdges_HasOneBin(double value, int expected) => Assert.AreEqual(expected, new NumberTokens("Price", 4, []).Encode(value));
}
