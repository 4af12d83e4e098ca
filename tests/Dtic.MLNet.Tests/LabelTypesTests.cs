using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>A label that PackPrompts takes is one that the evaluators take, too, from the scored rows.</summary>
[TestClass]
public sealed class LabelTypesTests
{
    [TestMethod]
    [DataRow(DataKind.Boolean)]
    [DataRow(DataKind.Single)]
    [DataRow(DataKind.Double)]
    public void Evaluate_LabelOfAnyTypeThatIsTaken_GivesTheSameFigures(DataKind kind)
    {
        var context = new MLContext(seed: 1);
        var split = ClickPipeline.Split;
        var expected = context.BinaryClassification.Evaluate(context.Data.Cache(ClickPipeline.Create(context).Fit(split.TrainSet).Transform(split.TestSet)));

        var model = context.Transforms.Conversion.ConvertType("Label", outputKind: kind).Append(ClickPipeline.Create(context)).Fit(split.TrainSet);
        var scored = context.Data.Cache(model.Transform(split.TestSet));

        Assert.AreEqual(kind.ToString(), scored.Schema["Label"].Type.ToString());
        Assert.AreEqual(expected.AreaUnderRocCurve, context.BinaryClassification.Evaluate(scored).AreaUnderRocCurve, 1e-9);
        Assert.AreEqual(expected.LogLoss, context.BinaryClassification.Evaluate(scored).LogLoss, 1e-6);
        Assert.AreEqual(expected.AreaUnderRocCurve, context.BinaryClassification.EvaluateClicks(scored).AreaUnderRocCurve, 1e-6);
        Assert.AreEqual(DticDiagnostics.ComparePackedToSlidingWindow(model, split.TestSet).PackedAreaUnderRocCurve, expected.AreaUnderRocCurve, 1e-6);
    }
}
