using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;

namespace Dtic.MLNet.Tests;

/// <summary>What an application has switched on in torch, for its thread or its process, makes no difference to training and scoring, and is as it was afterwards.</summary>
[TestClass]
public sealed class DticTrainerTorchModeTests
{
    private static readonly Lazy<(float[] Weights, float[] Scores, float Prediction)> Plain = new(() => TrainAndScore());

    [TestMethod]
    [DataRow("inference_mode")]
    [DataRow("no_grad")]
    [DataRow("dispose scope")]
    [DataRow("default type")]
    [DataRow("default device")]
    public void FitTransformAndPredict_InsideIt_GiveWhatTheyGiveOutside(string mode)
    {
        var (weights, scores, prediction) = Plain.Value;

        var inside = Within(mode, TrainAndScore);

        CollectionAssert.AreEqual(weights, inside.Weights);
        CollectionAssert.AreEqual(scores, inside.Scores);
        Assert.AreEqual(prediction, inside.Prediction);
    }

    [TestMethod]
    [DataRow("inference_mode")]
    [DataRow("no_grad")]
    [DataRow("dispose scope")]
    [DataRow("default type")]
    [DataRow("default device")]
    public void Transform_ModelFirstUsedInsideIt_ScoresOutsideToo(string mode)
    {
        // One scorer serves all threads of a process, whatever the one that made it had switched on.
        using var model = ClickPipeline.Create(new MLContext(seed: 1), Options()).Fit(ClickPipeline.Split.TrainSet);
        float[] first = Within(mode, () => Scores(model));

        CollectionAssert.AreEqual(first, Scores(model));
        CollectionAssert.AreEqual(Plain.Value.Scores, first);
    }

    [TestMethod]
    [DataRow("inference_mode")]
    [DataRow("no_grad")]
    public void Fit_FromACheckpointInsideIt_EndsAsOutside(string mode)
    {
        using var folder = new TemporaryFolder();
        using var cancellation = new CancellationTokenSource();
        var options = Options();
        options.CheckpointFolder = folder.Path;
        options.CancellationToken = cancellation.Token;
        options.Progress = new Recorder(_ => cancellation.Cancel());
        Assert.ThrowsExactly<OperationCanceledException>(() => Within(mode, () => ClickPipeline.Create(new MLContext(seed: 1), options).Fit(ClickPipeline.Split.TrainSet)));
        options.CancellationToken = default;
        options.ResumeFromCheckpoint = true;

        var model = Within(mode, () => ClickPipeline.Create(new MLContext(seed: 1), options).Fit(ClickPipeline.Split.TrainSet));

        CollectionAssert.AreEqual(Plain.Value.Weights, TrainingData.Weights(model.LastTransformer));
    }

    private static (float[] Weights, float[] Scores, float Prediction) TrainAndScore()
    {
        var context = new MLContext(seed: 1);
        using var model = ClickPipeline.Create(context, Options()).Fit(ClickPipeline.Split.TrainSet);
        using var engine = context.Model.CreatePredictionEngine<ClickRequest, ClickPrediction>(model);
        return (TrainingData.Weights(model.LastTransformer), Scores(model), engine.Predict(ClickPipeline.All.RequestFor(ClickPipeline.All[^1])).Score);
    }

    private static float[] Scores(TransformerChain<DticPredictionTransformer> model) => Scorers.Read<float>(model.Transform(ClickPipeline.Split.TestSet), "Score");

    /// <summary>Everything that training can do: dropout, validations, calibration, several workers.</summary>
    private static DticTrainer.Options Options()
    {
        var options = ClickPipeline.Options();
        options.DropoutRate = 0.1;
        options.ValidationFraction = 0.2;
        options.Calibration = CalibrationMethod.Platt;
        options.ContextAttention = ContextAttention.WindowedReset;
        return options;
    }

    private static T Within<T>(string mode, Func<T> work)
    {
        var (type, device) = (torch.get_default_dtype(), torch.get_default_device());
        try
        {
            if (mode == "default type") torch.set_default_dtype(torch.float64);
            if (mode == "default device") torch.set_default_device(torch.META);
            using IDisposable? thread = mode switch
            {
                "inference_mode" => torch.inference_mode(),
                "no_grad" => torch.no_grad(),
                "dispose scope" => torch.NewDisposeScope(),
                _ => null,
            };
            var before = State();
            T result = work();
            Assert.AreEqual(before, State());
            return result;
        }
        finally
        {
            torch.set_default_dtype(type);
            torch.set_default_device(device);
        }

        static (bool, bool, torch.ScalarType, DeviceType) State() =>
            (torch.is_inference_mode_enabled(), torch.is_grad_enabled(), torch.get_default_dtype(), torch.get_default_device().type);
    }
}
