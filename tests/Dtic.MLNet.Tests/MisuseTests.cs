using Dtic.Transforms;
using Microsoft.ML;

namespace Dtic.MLNet.Tests;

/// <summary>What is easily taken for the right call says what the right one is.</summary>
[TestClass]
public sealed class MisuseTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    [DataRow(false, DisplayName = "The class alone")]
    [DataRow(true, DisplayName = "With the schema of interactions")]
    public void CreatePredictionEngine_ClassOfInteractions_SaysWhatARequestHas(bool withSchema)
    {
        var model = ClickPipeline.Model(ContextAttention.Isolated);
        var schema = ClickPipeline.All.View().Schema;
        var error = Assert.ThrowsExactly<ArgumentException>(() => withSchema
            ? _context.Model.CreatePredictionEngine<Click, ClickPrediction>(model, schema)
            : _context.Model.CreatePredictionEngine<Click, ClickPrediction>(model));
        Assert.AreEqual(
            "Interactions are not packed row by row. A prediction engine wants a class of requests, which has the candidate's columns and the vectors "
            + "HistoryMovieId, HistoryGenres, HistoryTitle, HistoryLabel; Transform scores interactions. (Parameter 'inputSchema')",
            error.Message);
    }

    /// <summary>ML.NET looks for the schema's columns in the class before it asks the model; docs/troubleshooting.md has the message.</summary>
    [TestMethod]
    public void CreatePredictionEngine_RequestsWithTheSchemaOfInteractions_IsRefusedByMLNet()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => _context.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(ClickPipeline.Model(ContextAttention.Isolated), ClickPipeline.All.View().Schema));
        Assert.AreEqual("Type should contain a member named Row", error.Message);
    }

    [TestMethod]
    public void Fit_RequestsInsteadOfInteractions_IsRefusedWithTheReason()
    {
        var requests = _context.Data.LoadFromEnumerable(ClickPipeline.All.Take(20).Select(click => ClickPipeline.All.RequestFor(click)));
        var error = Assert.ThrowsExactly<ArgumentException>(() => _context.Transforms.PackPrompts(new PromptPackingEstimator.Options { CategoricalColumnNames = ["MovieId"] }).Fit(requests));
        StringAssert.StartsWith(error.Message, "The rows bring their own history (HistoryMovieId, HistoryLabel), from which PackPrompts cannot learn. ");
    }
}
