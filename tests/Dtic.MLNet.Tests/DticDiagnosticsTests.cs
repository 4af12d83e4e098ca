using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class DticDiagnosticsTests
{
    private static readonly Dtic.MLNet.Model.ModelConfiguration Ragged = TestModels.Configuration(contextLength: 3);

    [TestMethod]
    [DataRow(ContextAttention.Isolated)]
    [DataRow(ContextAttention.Windowed)]
    public void Compare_TrainedPipeline_GivesWhatBothScoringModesAndTheEvaluatorGive(ContextAttention attention)
    {
        var model = ClickPipeline.Model(attention);
        var test = ClickPipeline.Split.TestSet;

        var comparison = DticDiagnostics.ComparePackedToSlidingWindow(model, test);

        var (packed, packedMetrics) = Evaluate(model, test, ScoringMode.Packed);
        var (single, singleMetrics) = Evaluate(model, test, ScoringMode.OneAtATime);
        double[] differences = [.. packed.Zip(single, (p, s) => Math.Abs((double)p - s))];
        Assert.AreEqual(packed.Length, comparison.NumberOfTargets);
        Assert.AreEqual(packed.Length, comparison.NumberOfLabeledTargets);
        Assert.AreEqual(differences.Max(), comparison.MaximumDifference, 1e-5);
        Assert.AreEqual(differences.Average(), comparison.MeanDifference, 1e-5);
        Assert.AreEqual(packedMetrics.AreaUnderRocCurve, comparison.PackedAreaUnderRocCurve, 1e-6);
        Assert.AreEqual(singleMetrics.AreaUnderRocCurve, comparison.SlidingWindowAreaUnderRocCurve, 1e-6);
        Assert.AreEqual(packedMetrics.AreaUnderRocCurve - singleMetrics.AreaUnderRocCurve, comparison.AreaUnderRocCurveDifference, 1e-6);
        Assert.AreEqual(packedMetrics.LogLoss, comparison.PackedLogLoss, 1e-5);
        Assert.AreEqual(singleMetrics.LogLoss, comparison.SlidingWindowLogLoss, 1e-5);
        Assert.IsTrue(attention == ContextAttention.Isolated ? comparison.MaximumDifference <= 1e-4 : comparison.MaximumDifference > 1e-3, comparison.ToString());
    }

    [TestMethod]
    [DataRow(ContextAttention.Isolated)]
    [DataRow(ContextAttention.Windowed)]
    public void Compare_RaggedPromptsAndTrainedWeights_AgreesOnlyWhereContextIsIsolated(ContextAttention attention)
    {
        var options = ClickPipeline.Options();
        (options.ContextAttention, options.NumberOfLayers, options.NumberOfEpochs, options.MaximumTokensPerPass) = (attention, 3, 5, 200);
        using var model = new DticTrainer(new MLContext(), options).Fit(View(new RandomPrompts(1).Batch(100, longest: 20)));

        var comparison = DticDiagnostics.ComparePackedToSlidingWindow(model, View(new RandomPrompts(2).Batch(200, longest: 30)));

        Assert.IsGreaterThan(1000, comparison.NumberOfTargets);
        Assert.IsTrue(attention == ContextAttention.Isolated ? comparison.MaximumDifference <= 1e-4 : comparison.MaximumDifference > 1e-3, comparison.ToString());
    }

    [TestMethod]
    public void Compare_ScorerWithinAPipeline_IsFoundWhereverItStands()
    {
        var context = new MLContext(seed: 1);
        var test = ClickPipeline.Split.TestSet;
        var model = ClickPipeline.Model(ContextAttention.Windowed);
        string expected = DticDiagnostics.ComparePackedToSlidingWindow(model, test).ToString();
        var copy = context.Transforms.CopyColumns("Copy", "UserId").Fit(test);
        var platt = context.BinaryClassification.Calibrators.Platt().Fit(model.Transform(test));

        foreach (ITransformer wrapped in new ITransformer[]
        {
            new TransformerChain<ITransformer>(copy, model),
            new TransformerChain<ITransformer>(copy, model, platt),
            new TransformerChain<ITransformer>([.. model, platt]),
        })
        {
            Assert.AreEqual(expected, DticDiagnostics.ComparePackedToSlidingWindow(wrapped, test).ToString());
        }

        var prompts = ModelParts(model)[0].Transform(test);
        Assert.AreEqual(expected, DticDiagnostics.ComparePackedToSlidingWindow(model.LastTransformer, prompts).ToString());
    }

    [TestMethod]
    public void Compare_WithoutLabels_ComparesScoresAlone()
    {
        var prompts = new RandomPrompts(3).Batch(20);
        using var model = Scorers.Create(TestModels.Weights(Ragged));

        var comparison = DticDiagnostics.ComparePackedToSlidingWindow(model, PromptView.Of(prompts, Ragged));

        Assert.AreEqual(prompts.Sum(p => p.TargetCount), comparison.NumberOfTargets);
        Assert.AreEqual(0, comparison.NumberOfLabeledTargets);
        Assert.IsTrue(double.IsNaN(comparison.PackedAreaUnderRocCurve) && double.IsNaN(comparison.SlidingWindowAreaUnderRocCurve)
            && double.IsNaN(comparison.PackedLogLoss) && double.IsNaN(comparison.SlidingWindowLogLoss));
        Assert.HasCount(1, comparison.ToString().Split('\n'));
    }

    [TestMethod]
    public void Compare_LabelsOfOneClass_HasNoArea()
    {
        using var model = Scorers.Create(TestModels.Weights(Ragged));
        PackedPrompt[] prompts = new RandomPrompts(4).Batch(20);

        var comparison = DticDiagnostics.ComparePackedToSlidingWindow(model, PromptView.Of(prompts, Ragged, false, PromptView.Labels(prompts, _ => true)));

        Assert.IsTrue(double.IsNaN(comparison.PackedAreaUnderRocCurve) && double.IsNaN(comparison.AreaUnderRocCurveDifference));
        Assert.IsTrue(double.IsFinite(comparison.PackedLogLoss));
    }

    [TestMethod]
    public void Compare_MissingLabels_CountOnlyForTheDifferences()
    {
        using var model = Scorers.Create(TestModels.Weights(Ragged));
        PackedPrompt[] prompts = new RandomPrompts(5).Batch(40);
        var random = new RandomPrompts(6);
        float[][] labels = [.. prompts.Select(p => random.Labels(p, missing: true))];
        float[] flat = [.. labels.SelectMany(l => l)];
        var data = PromptView.Of(prompts, Ragged, false, PromptView.Column.Vectors("Label", NumberDataViewType.Single, labels));

        var comparison = DticDiagnostics.ComparePackedToSlidingWindow(model, data);

        var scored = Scorers.Read<float>(model.Transform(data), "Score").Zip(flat).Where(pair => !float.IsNaN(pair.Second)).ToArray();
        var pairs = (from positive in scored where positive.Second == 1 from negative in scored where negative.Second == 0 select positive.First.CompareTo(negative.First)).ToArray();
        Assert.AreEqual(flat.Length, comparison.NumberOfTargets);
        Assert.AreEqual(scored.Length, comparison.NumberOfLabeledTargets);
        Assert.AreEqual(pairs.Average(order => 0.5 + (0.5 * order)), comparison.PackedAreaUnderRocCurve, 1e-9);
        Assert.AreEqual(scored.Average(s => Math.Log2(1 + Math.Exp(s.Second > 0 ? -s.First : s.First))), comparison.PackedLogLoss, 1e-6);
    }

    [TestMethod]
    public void Compare_PipelineWithoutScorer_SaysSo()
    {
        var test = ClickPipeline.Split.TestSet;
        var packer = ModelParts(ClickPipeline.Model(ContextAttention.Isolated))[0];

        var exception = Assert.ThrowsExactly<ArgumentException>(() => DticDiagnostics.ComparePackedToSlidingWindow(packer, test));

        Assert.AreEqual("The pipeline has 0 parts of type DticPredictionTransformer, expected one. (Parameter 'model')", exception.Message);
    }

    [TestMethod]
    public void Compare_NoTarget_SaysSo()
    {
        using var model = Scorers.Create(TestModels.Weights(Ragged));

        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => DticDiagnostics.ComparePackedToSlidingWindow(model, PromptView.Of([], Ragged)));

        Assert.AreEqual("There is nothing to compare: the data have no target. Check the target flags.", exception.Message);
    }

    [TestMethod]
    public void Compare_Nothing_Throws()
    {
        Assert.ThrowsExactly<ArgumentNullException>(() => DticDiagnostics.ComparePackedToSlidingWindow(null!, ClickPipeline.Split.TestSet));
        Assert.ThrowsExactly<ArgumentNullException>(() => DticDiagnostics.ComparePackedToSlidingWindow(ClickPipeline.Model(ContextAttention.Isolated), null!));
    }

    [TestMethod]
    public void ToString_LiteralComparison_ReadsWell() => Assert.AreEqual(
        """
        1,234 targets, packed and one at a time: logits differ by at most 0.0123, by 1.5E-05 on average
        AUC 0.751000 packed, 0.750000 one at a time: difference 0.001000
        LogLoss 0.800000 bits packed, 0.810000 one at a time
        """,
        new PackingComparison
        {
            NumberOfTargets = 1234,
            NumberOfLabeledTargets = 1000,
            MaximumDifference = 0.0123,
            MeanDifference = 0.000015,
            PackedAreaUnderRocCurve = 0.751,
            SlidingWindowAreaUnderRocCurve = 0.75,
            PackedLogLoss = 0.8,
            SlidingWindowLogLoss = 0.81,
        }.ToString());

    private static ITransformer[] ModelParts(IEnumerable<ITransformer> model) => [.. model];

    private static (float[] Scores, CalibratedBinaryClassificationMetrics Metrics) Evaluate(TransformerChain<DticPredictionTransformer> model, IDataView test, ScoringMode mode)
    {
        var context = new MLContext();
        var scored = context.Data.Cache(model.LastTransformer.WithScoringMode(mode).Transform(ModelParts(model)[0].Transform(test)));
        return (Scorers.Read<float>(scored, "Score"), context.BinaryClassification.Evaluate(scored));
    }

    private static PromptView View(PackedPrompt[] prompts) => PromptView.Of(prompts, Ragged, false, PromptView.Labels(prompts, i => i % 3 == 0 || i % 5 == 1));
}
