using Dtic.Transforms.Prompts;
using Microsoft.ML;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class TokenLossTests
{
    private readonly MLContext _mlContext = new(seed: 1);
    private readonly List<string> _log = [];

    [TestMethod]
    public void Fit_ManyRowsCut_WarnsOfEachColumn()
    {
        // Of ten rows one has so many tags that its title is left out, and one a title that is cut.
        var packer = Fit(10, row =>
        {
            row.Genres = row.RowId == 0 ? "a|b|c|d|e|f" : "a";
            row.Title = row.RowId == 1 ? "ab ab ab" : "ab";
        });
        Assert.AreEqual(
            "[Warning] 20.0 % of the interactions have more than MaximumTokensPerInteraction (4) tokens and lose the rest: 'Genres' is cut in 10.0 %; "
            + "'Price' is cut in 10.0 %, and left out whole in 10.0 %; "
            + "'Title' is cut in 20.0 %, and left out whole in 10.0 %. "
            + "Raise MaximumTokensPerInteraction, or leave out columns and values that tell little: categorical tokens stand first, then numeric ones, then texts.",
            _log.Single(line => line.Contains("lose the rest", StringComparison.Ordinal)));
        Assert.AreEqual((4 + 4 + (8 * 3)) / 10.0, packer.Losses!.Value.Items.MeanTokens, 1e-9);
    }

    [TestMethod]
    public void Fit_FewRowsCut_Informs()
    {
        Fit(100, row => row.Title = row.RowId == 1 ? "ab ab ab" : "ab");
        Assert.AreEqual(
            "[Info] 1.0 % of the interactions have more than MaximumTokensPerInteraction (4) tokens and lose the rest: 'Title' is cut in 1.0 %. "
            + "Raise MaximumTokensPerInteraction, or leave out columns and values that tell little: categorical tokens stand first, then numeric ones, then texts.",
            _log.Single(line => line.Contains("lose the rest", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_NothingCut_SaysNothing()
    {
        Fit(10, _ => { });
        Assert.IsEmpty(_log.Where(line => line.Contains("lose the rest", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void Fit_UserColumnsCut_AreTold()
    {
        Fit(10, row => row.Country = "a|b|c|d|e", options => (options.UserColumnNames, options.Separators["Country"]) = (["Country"], '|'));
        StringAssert.StartsWith(
            _log.Single(line => line.Contains("lose the rest", StringComparison.Ordinal)),
            "[Warning] 100.0 % of the rows in their user columns have more than MaximumTokensPerInteraction (4) tokens and lose the rest: 'Country' is cut in 100.0 %.");
    }

    [TestMethod]
    public void Fit_ManyRows_LooksAtASampleOfThem()
    {
        var packer = Fit(3 * TokenSample.MaximumRows, row => row.Title = row.RowId % 3 == 0 ? "ab ab ab" : "ab");
        var losses = packer.Losses!.Value.Items;
        Assert.IsFalse(losses.IsExact);
        Assert.AreEqual(1.0 / 3, losses.CutShare, 1e-9);
        StringAssert.StartsWith(losses.Describe("interactions"), "About ");
    }

    private PromptPackingTransformer Fit(int rows, Action<TestInteraction> change, Action<PromptPackingEstimator.Options>? set = null)
    {
        _mlContext.Log += (_, e) => _log.Add($"[{e.Kind}] {e.RawMessage}");
        var options = TestInteraction.AllColumns(contextLength: 2, targetsPerPrompt: 0);
        (options.CategoricalColumnNames, options.UserColumnNames, options.MaximumTokensPerInteraction) = (["Genres"], [], 4);
        set?.Invoke(options);
        return _mlContext.Transforms.PackPrompts(options).Fit(TestInteraction.View(_mlContext, Enumerable.Range(0, rows).Select(id =>
        {
            var row = new TestInteraction { RowId = id, UserId = "u", Timestamp = id, Genres = "a", Title = "ab", Country = "at" };
            change(row);
            return row;
        })));
    }
}
