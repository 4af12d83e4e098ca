using Dtic.MLNet.Model;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class PromptWorkTests
{
    private static readonly PromptWork Work = new(Tokens: 100, Interactions: 20, Targets: 7, Pairs: 900, SumPairs: 150);

    [TestMethod]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(5)]
    public void ForwardFlops_AnyDepth_IsTheSumOverTheMatricesAndThePairs(int layers)
    {
        var model = TestModels.Configuration(layers: layers);
        double expected = 0;
        foreach (var (name, shape) in model.Weights().Where(w => w.Shape.Length == 2 && w.Name != "model.embed_tokens.weight"))
        {
            bool read = !name.Contains($"layers.{layers - 1}.", StringComparison.Ordinal) || name.Contains("k_proj", StringComparison.Ordinal) || name.Contains("v_proj", StringComparison.Ordinal);
            expected += 2 * shape[0] * shape[1] * (read && name != "score.weight" ? 100 : 7);
        }

        // Each head multiplies a query with a key and a weight with a value, both of the head's width.
        expected += 2.0 * 2 * model.NumberOfHeads * model.HeadDimension * ((900 * (layers - 1)) + 150);

        Assert.AreEqual(expected, Work.ForwardFlops(model), 1e-6 * expected);
        Assert.AreEqual(3 * expected, Work.TrainingFlops(model), 1e-6 * expected);
    }

    [TestMethod]
    public void Sum_OfTwo_AddsEverything() => Assert.AreEqual(new PromptWork(101, 22, 10, 904, 155), Work + new PromptWork(1, 2, 3, 4, 5));
}
