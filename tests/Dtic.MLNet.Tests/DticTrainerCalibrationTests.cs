using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

/// <summary>Calibrated probabilities, from the trainer to a prediction engine.</summary>
[TestClass]
public sealed class DticTrainerCalibrationTests
{
    private static readonly Lazy<TransformerChain<DticPredictionTransformer>> Calibrated = new(() => Train(CalibrationMethod.Platt));
    private static readonly Lazy<TransformerChain<DticPredictionTransformer>> Uncalibrated = new(() => Train(CalibrationMethod.None));

    [TestMethod]
    public void Fit_Platt_ChangesProbabilitiesAndNotScores()
    {
        var test = ClickPipeline.Split.TestSet;
        var scored = Calibrated.Value.Transform(test);
        float[] scores = Scorers.Read<float>(scored, "Score"), probabilities = Scorers.Read<float>(scored, "Probability");
        var platt = Calibrated.Value.LastTransformer.Model.Calibration!;

        CollectionAssert.AreEqual(Scorers.Read<float>(Uncalibrated.Value.Transform(test), "Score"), scores);
        Assert.IsNull(Uncalibrated.Value.LastTransformer.Model.Calibration);
        CollectionAssert.AreEqual(scores.Select(score => (float)(1 / (1 + Math.Exp(-((platt.Slope * score) + platt.Offset))))).ToArray(), probabilities);
        CollectionAssert.AreEqual(probabilities.Select(p => p > 0.5f).ToArray(), Scorers.Read<bool>(scored, "PredictedLabel"));
        Assert.IsNotEmpty(scores.Zip(probabilities).Where(row => (row.First > 0) != (row.Second > 0.5f)));   // else calibrating made no difference
    }

    [TestMethod]
    public void Fit_Platt_LowersTheLogLossOfTheValidationSet()
    {
        // The weight of positives makes raw scores too high.
        var model = Calibrated.Value.LastTransformer.Model;
        var context = new MLContext(seed: 1);
        var validation = context.Data.FilterRowsByColumn(context.Data.Cache(Calibrated.Value.Transform(ClickPipeline.All.View())), "Score");
        DateTime[] times = [.. validation.GetColumn<DateTime>("Timestamp")];
        float[] probabilities = Scorers.Read<float>(validation, "Probability");
        bool[] labels = Scorers.Read<bool>(validation, "Label");
        int[] held = [.. Enumerable.Range(0, times.Length).OrderByDescending(row => times[row]).Take((int)model.Training!.NumberOfValidationTargets)];

        double loss = held.Average(row => -Math.Log(labels[row] ? probabilities[row] : 1 - probabilities[row]));

        Assert.IsLessThan(model.Training.BestValidation!.LogLoss - 0.01, loss);
        Assert.AreEqual(held.Average(row => labels[row] ? 1.0 : 0), held.Average(row => (double)probabilities[row]), 0.02);
    }

    [TestMethod]
    public void SaveAndLoad_Platt_ServesTheSameProbabilities()
    {
        var context = new MLContext(seed: 1);
        using var folder = new TemporaryFolder();
        context.Model.Save(Calibrated.Value, ClickPipeline.All.View().Schema, folder["model.zip"]);
        new MLContext().Model.SaveToFolder(Calibrated.Value, folder["model"]);
        var scored = context.Data.Cache(Calibrated.Value.Transform(ClickPipeline.Split.TestSet));

        foreach (var loaded in new[] { context.Model.Load(folder["model.zip"], out _), context.Model.LoadFromFolder(folder["model"]) })
        {
            Assert.AreEqual(Calibrated.Value.LastTransformer.Model.Calibration, ((IEnumerable<ITransformer>)loaded).OfType<DticPredictionTransformer>().Single().Model.Calibration);
            using var engine = context.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(loaded);
            Serving.AssertServed(ClickPipeline.All, scored, engine);
        }
    }

    [TestMethod]
    [DataRow(0f, 1f, 1e30, 0.0)]
    [DataRow(float.MinValue, 1.17549435e-38f, 5.0, -3.0)]
    [DataRow(float.MaxValue, 0.99999994f, 5.0, -3.0)]
    [DataRow(-1f, 1.17549435e-38f, 1e300, 0.0)]
    public void ColumnValue_ExtremeScores_IsNeverExactlyZeroOrOne(float score, float expected, double slope, double offset)
    {
        float found = new PlattScaling(slope, offset).ColumnValue(score);

        Assert.AreEqual(score == 0 ? 0.5f : expected, found);
    }

    [TestMethod]
    public void PlattOfMLNet_OverScoredRows_Fits()
    {
        var context = new MLContext(seed: 1);
        var scored = context.Data.Cache(Uncalibrated.Value.Transform(ClickPipeline.Split.TestSet));
        var withoutProbability = context.Transforms.DropColumns("Probability").Fit(scored).Transform(scored);

        var calibrator = context.BinaryClassification.Calibrators.Platt(labelColumnName: "Label", scoreColumnName: "Score").Fit(withoutProbability);

        var own = MLNet.Training.PlattFit.Fit(Scorers.Read<float>(scored, "Score"), [.. Scorers.Read<bool>(scored, "Label").Select(label => label ? 1f : 0f)]);
        var theirs = ((IPredictionTransformer<PlattCalibrator>)calibrator).Model;
        Assert.AreEqual(own.Slope, -theirs.Slope, 0.02 * own.Slope);   // theirs is 1 / (1 + exp(slope * score + offset))
        Assert.AreEqual(own.Offset, -theirs.Offset, 0.02);
        float[] probabilities = Scorers.Read<float>(calibrator.Transform(withoutProbability), "Probability");
        Closeness.AssertClose([.. Scorers.Read<float>(scored, "Score").Select(own.ColumnValue)], probabilities, 0.01);
    }

    private static TransformerChain<DticPredictionTransformer> Train(CalibrationMethod calibration)
    {
        var options = ClickPipeline.Options();
        options.NumberOfEpochs = 6;
        options.PositiveInstanceWeight = 4;
        options.ValidationFraction = 0.3;
        options.Calibration = calibration;
        return ClickPipeline.Create(new MLContext(seed: 1), options).Fit(ClickPipeline.All.View());
    }
}
