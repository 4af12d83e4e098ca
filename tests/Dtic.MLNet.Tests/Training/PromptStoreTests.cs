using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class PromptStoreTests
{
    [TestMethod]
    public void Add_Prompts_CountsLabels()
    {
        var store = new PromptStore();
        var prompt = PromptText.Parse("| 5 S + | 6 S ? | 7 S");

        store.Add(prompt, [1, float.NaN, 0]);
        store.Add(prompt, [float.NaN, float.NaN, 1]);

        Assert.AreEqual(2, store.PromptCount);
        Assert.AreEqual(3, store.LabeledCount);
        Assert.AreEqual(2, store.PositiveCount);
        Assert.AreEqual(prompt, store.Prompt(1));
        Assert.AreEqual(3, store.Targets(1).Count);
        CollectionAssert.AreEqual(new[] { 1, float.NaN, 0 }, store.Labels(0).ToArray());
    }

    [TestMethod]
    public void Add_NoLabel_LeavesThePromptOut()
    {
        var store = new PromptStore();

        store.Add(PromptText.Parse("| 5 S"), [float.NaN]);

        Assert.AreEqual(0, store.PromptCount);
        Assert.AreEqual(0, store.LabeledCount);
    }
}
