using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Tests.Vocabularies;

[TestClass]
public sealed class CategoryTokensTests
{
    [TestMethod]
    [DataRow("Drama", 11)]
    [DataRow("Comedy", 12)]
    [DataRow("comedy", 10)]
    [DataRow("Comedy ", 10)]
    [DataRow("", 10)]
    public void Encode_Value_ReturnsItsTokenOrUnknown(string value, int expected) => Assert.AreEqual(expected, new CategoryTokens("Genres", 10, ["Drama", "Comedy"]).Encode(value));

    [TestMethod]
    public void Encode_Span_AllocatesNothing()
    {
        var tokens = new CategoryTokens("Genres", 10, ["Drama", "Comedy"]);
        const int Lookups = 10_000;
        long Allocated()
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int i = 0; i < Lookups; i++)
            {
                tokens.Encode("Drama|Horror".AsSpan(6 * (i % 2), 5));
            }
            return GC.GetAllocatedBytesForCurrentThread() - before;
        }

        // Code that is not yet optimized may box, and a busy machine optimizes late; a string per lookup would stay.
        Assert.IsTrue(SpinWait.SpinUntil(() => Allocated() < Lookups, TimeSpan.FromSeconds(30)));
    }
}
