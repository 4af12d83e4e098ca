using Microsoft.ML;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class TrainingCostTests
{
    [TestMethod]
    public void EstimateCost_PackedInteractions_RelatesToWhatThePackerMeasures()
    {
        var context = new MLContext(seed: 1);
        var data = ClickPipeline.All.View();
        var packer = ClickPipeline.Pack(context).Fit(data);
        var options = ClickPipeline.Options();
        options.BatchSize = 1000;   // one step: no prompt is cut

        var cost = new DticTrainer(context, options).EstimateCost(packer.Transform(data));

        var measured = packer.Measure(data);
        Assert.AreEqual(measured.Tokens, cost.Packed.Tokens);
        Assert.AreEqual(measured.SlidingWindowTokens, cost.SlidingWindow.Tokens);
        Assert.AreEqual(measured.Targets, cost.NumberOfTargets);
        Assert.AreEqual(measured.Prompts, cost.NumberOfPrompts);
        Assert.AreEqual(2, cost.NumberOfWorkers);
        Assert.IsGreaterThan(1, cost.FlopRatio);
    }

    [TestMethod]
    public void EstimateCost_WhatFitRefuses_IsRefused()
    {
        var trainer = new DticTrainer(new MLContext(), ClickPipeline.Options());

        Assert.ThrowsExactly<ArgumentNullException>(() => trainer.EstimateCost(null!));
        Assert.StartsWith(
            "Column 'Prompt' is missing.", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.EstimateCost(ClickPipeline.All.View())).Message);
    }

    [TestMethod]
    public void ToString_LiteralCost_ReadsWell() => Assert.AreEqual(
        "An epoch has 1,000,000 tokens and takes 500.0 GFLOP; in sliding windows 14,280,000 (14.3 times) and 6,250.0 GFLOP (12.5 times). Memory about 100 MiB, in sliding windows 2,500 MiB.",
        new TrainingCost
        {
            NumberOfTargets = 100_000,
            NumberOfPrompts = 2000,
            NumberOfParameters = 50_000,
            NumberOfWorkers = 2,
            Packed = Cost(1_000_000, 5e11, 100),
            SlidingWindow = Cost(14_280_000, 6.25e12, 2500),
        }.ToString());

    private static EpochCost Cost(long tokens, double flops, long mebibytes) =>
        new() { Tokens = tokens, AttendedPairs = 0, Flops = flops, LongestPass = 0, PeakMemory = mebibytes << 20 };
}
