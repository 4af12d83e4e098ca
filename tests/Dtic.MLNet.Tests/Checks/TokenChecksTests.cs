using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Transforms.Text;

namespace Dtic.MLNet.Tests.Checks;

[TestClass]
public sealed class TokenChecksTests
{
    private readonly MLContext _context = new(seed: 1);

    [TestMethod]
    public void Check_TokensCutOff_SaysOfWhichColumnsAndHowOften()
    {
        var report = Check(maximumTokens: 2);

        var finding = report.Findings.Single(found => found.Code == "data.cut");
        Assert.AreEqual(CheckSeverity.Warning, finding.Severity);
        Assert.AreEqual(
            "100.0 % of the interactions have more than MaximumTokensPerInteraction (2) tokens and lose the rest: 'Title' is cut in 100.0 %, and left out whole in 100.0 %.", finding.Found);
        Assert.AreEqual(
            "Raise MaximumTokensPerInteraction, or leave out columns and values that tell little: categorical tokens stand first, then numeric ones, then texts.", finding.Advice);
    }

    [TestMethod]
    public void Check_NothingCutOff_SaysNothing() => Assert.IsEmpty(Check(maximumTokens: 32).Findings.Where(finding => finding.Code == "data.cut"));

    [TestMethod]
    public void Check_TransformedColumn_IsAFinding()
    {
        var view = _context.Transforms.Text.NormalizeText("Title", caseMode: TextNormalizingEstimator.CaseMode.Upper).Fit(ClickPipeline.All.View()).Transform(ClickPipeline.All.View());
        var report = DticDiagnostics.Check(ClickPipeline.Pack(_context), _context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options()), view);

        var finding = report.Findings.Single(found => found.Code == "data.packing");
        Assert.AreEqual(CheckSeverity.Error, finding.Severity);
        StringAssert.StartsWith(finding.Found, "Column 'Title' was changed by a transform before PackPrompts (in row 0, counted from 0, '");
    }

    private CheckReport Check(int maximumTokens) => DticDiagnostics.Check(
        _context.Transforms.PackPrompts(new PromptPackingEstimator.Options
        {
            CategoricalColumnNames = ["MovieId", "Genres"],
            TextColumnNames = ["Title"],
            MaximumTokensPerInteraction = maximumTokens,
        }),
        _context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options()),
        ClickPipeline.All.View());
}
