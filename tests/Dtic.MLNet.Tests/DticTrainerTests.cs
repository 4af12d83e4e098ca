using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;
using TorchSharp;
using static Dtic.MLNet.Tests.TrainingData;

namespace Dtic.MLNet.Tests;

/// <summary>What training makes of its data and options.</summary>
[TestClass]
public sealed class DticTrainerTests
{
    [TestMethod]
    public void Fit_Again_GivesEqualWeights()
    {
        var options = ClickPipeline.Options();
        options.Seed = null;
        options.DropoutRate = 0.2;
        var trainer = new MLContext(seed: 3).BinaryClassification.Trainers.Dtic(options);
        float[] weights = Weights(trainer.Fit(Labelled(i => i % 2)));

        CollectionAssert.AreEqual(weights, Weights(trainer.Fit(Labelled(i => i % 2))));
        CollectionAssert.AreEqual(weights, Weights(new MLContext(seed: 3).BinaryClassification.Trainers.Dtic(options).Fit(Labelled(i => i % 2))));
        CollectionAssert.AreNotEqual(weights, Weights(new MLContext(seed: 4).BinaryClassification.Trainers.Dtic(options).Fit(Labelled(i => i % 2))));
    }

    [TestMethod]
    public void Fit_SeedInTheOptions_CountsInAnyContext()
    {
        var options = ClickPipeline.Options();
        float[] weights = Weights(new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2)));

        CollectionAssert.AreEqual(weights, Weights(new MLContext(seed: 7).BinaryClassification.Trainers.Dtic(options).Fit(Labelled(i => i % 2))));
        options.Seed = 2;
        CollectionAssert.AreNotEqual(weights, Weights(new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2))));
    }

    [TestMethod]
    public void Fit_OptionsChangedAfterwards_HasNoEffect()
    {
        var options = ClickPipeline.Options();
        var expected = new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2));
        var trainer = new DticTrainer(new MLContext(), options);
        options.LabelColumnName = "Nowhere";
        options.NumberOfEpochs = 5;
        options.EmbeddingDimension = 64;
        options.Seed = 9;
        options.Progress = new Recorder(_ => throw new InvalidOperationException());
        options.CancellationToken = new CancellationToken(canceled: true);

        CollectionAssert.AreEqual(Weights(expected), Weights(trainer.Fit(Labelled(i => i % 2))));
    }

    [TestMethod]
    public void Fit_MissingLabels_AreNotTrainedOn()
    {
        // The steps are cut by targets, so all of them are in one.
        var options = ClickPipeline.Options();
        options.BatchSize = 10_000;
        options.DropoutRate = 0;
        var recorder = new Recorder();
        options.Progress = recorder;
        var initial = new DticTrainer(new MLContext(), options);
        initial.Fit(Labelled(i => i % 3 == 0 ? float.NaN : i % 2));

        // An untrained head has logits near 0, and so every target the same loss, log 2; missing ones would be counted as one of the classes.
        Assert.AreEqual(Math.Log(2), recorder.Reports[0].Loss, 0.05);
        Assert.HasCount(2, recorder.Reports);
    }

    [TestMethod]
    public void FitAndTransform_Torch_KeepsItsGeneratorAndThreads()
    {
        using var threads = new TorchThreads(3);
        using var before = torch.random.get_rng_state();

        var model = ClickPipeline.Create(new MLContext(seed: 1)).Fit(ClickPipeline.Split.TrainSet);
        Scorers.Read<float>(model.Transform(ClickPipeline.Split.TestSet), "Score");

        using var after = torch.random.get_rng_state();
        Assert.IsTrue(before.equal(after).all().item<bool>());
        Assert.AreEqual(3, torch.get_num_threads());
    }

    [TestMethod]
    public void Fit_Direct_EqualsFitOfTheChain()
    {
        // The path without ML.NET's internals: no catalog, no chain, a folder for a zip.
        var context = new MLContext(seed: 1);
        var split = ClickPipeline.Split;
        var packer = ClickPipeline.Pack(context).Fit(split.TrainSet);
        var scorer = new DticTrainer(context, ClickPipeline.Options()).Fit(packer.Transform(split.TrainSet));
        using var folder = new TemporaryFolder();
        context.Model.SaveToFolder(packer.Append(scorer), folder["model"]);

        var loaded = new MLContext().Model.LoadFromFolder(folder["model"]);

        var chain = ClickPipeline.Create(new MLContext(seed: 1)).Fit(split.TrainSet);
        float[] scores = Scorers.Read<float>(chain.Transform(split.TestSet), "Score");
        CollectionAssert.AreEqual(scores, Scorers.Read<float>(scorer.Transform(packer.Transform(split.TestSet)), "Score"));
        CollectionAssert.AreEqual(scores, Scorers.Read<float>(loaded.Transform(split.TestSet), "Score"));
    }
}
