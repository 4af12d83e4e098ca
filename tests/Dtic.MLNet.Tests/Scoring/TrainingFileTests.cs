using System.Text;
using System.Text.Json.Nodes;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests.Scoring;

/// <summary>The training summary, as it is made and as it is saved.</summary>
[TestClass]
public sealed class TrainingFileTests
{
    private static readonly Lazy<TransformerChain<DticPredictionTransformer>> Model = new(Train);

    private static DticTrainingSummary Summary => Model.Value.LastTransformer.Model.Training!;

    [TestMethod]
    public void Fit_Summary_TellsOfTheTraining()
    {
        int steps = 3 * (int)((Summary.NumberOfTargets + 39) / 40);

        Assert.AreEqual(ClickPipeline.All.Length, Summary.NumberOfTargets + Summary.NumberOfValidationTargets);
        Assert.AreEqual((steps, steps, 3, 3.0, TrainingEnd.Completed, 1), (Summary.Steps, Summary.NumberOfSteps, Summary.NumberOfEpochs, Summary.Epochs, Summary.End, Summary.Seed));
        CollectionAssert.AreEqual(Enumerable.Range(1, steps).ToArray(), Summary.Curve.Select(point => point.Step).ToArray());
        Assert.IsTrue(Summary.Curve.All(point => point.Loss is > 0 and < 2 && point.LearningRate is >= 0 and <= 0.02 && point.TokensPerSecond > point.TargetsPerSecond && point.TargetsPerSecond > 0));
        CollectionAssert.AreEqual(new[] { steps / 3, 2 * steps / 3, steps }, Summary.Curve.Where(point => point.ValidationLogLoss is not null).Select(point => point.Step).ToArray());
        Assert.IsTrue(Summary.Duration > Summary.ValidationDuration && Summary.ValidationDuration > TimeSpan.Zero);
        Assert.AreEqual(("0.02", "Isolated", "3", "True"), (Summary.Options["LearningRate"], Summary.Options["ContextAttention"], Summary.Options["NumberOfEpochs"], Summary.Options["ItemPooling"]));
        Assert.IsFalse(Summary.Options.ContainsKey("EarlyStoppingRounds") || Summary.Options.ContainsKey("LabelColumnName") || Summary.Options.ContainsKey("Progress"));
        Assert.AreEqual(Summary.NumberOfTargets, Summary.Cost.NumberOfTargets);
        Assert.IsGreaterThan(1, Summary.Cost.TokenRatio);
    }

    [TestMethod]
    public void SaveAndLoad_ZipAndFolder_KeepTheSummary()
    {
        using var folder = new TemporaryFolder();
        var context = new MLContext();
        context.Model.Save(Model.Value, null, folder["model.zip"]);
        new MLContext().Model.SaveToFolder(Model.Value, folder["model"]);

        foreach (var loaded in new[] { context.Model.Load(folder["model.zip"], out _), context.Model.LoadFromFolder(folder["model"]) })
        {
            var found = ((IEnumerable<ITransformer>)loaded).OfType<DticPredictionTransformer>().Single().Model.Training!;
            Assert.AreEqual(Json(Summary), Json(found));
            CollectionAssert.AreEqual(Summary.Curve.ToArray(), found.Curve.ToArray());
            Assert.AreEqual((Summary.Duration, Summary.BestStep, Summary.Cost.FlopRatio), (found.Duration, found.BestStep, found.Cost.FlopRatio));
        }

        // As models were saved before.
        File.Delete(Path.Combine(folder["model"], "training.json"));
        Assert.IsNull(context.Model.LoadFromFolder(folder["model"]).LastTransformer.Model.Training);
    }

    [TestMethod]
    [DataRow("steps", "-1")]
    [DataRow("steps", "1000000")]
    [DataRow("end", "\"Exploded\"")]
    [DataRow("end", "1")]
    [DataRow("curve", "null")]
    [DataRow("curve", "[null]")]
    [DataRow("curve", "[{\"step\":1,\"epoch\":1,\"loss\":1e999,\"learning_rate\":0,\"targets_per_second\":1,\"tokens_per_second\":1}]")]
    [DataRow("curve", "[{\"step\":0,\"epoch\":1,\"loss\":1,\"learning_rate\":0,\"targets_per_second\":1,\"tokens_per_second\":1}]")]
    [DataRow("duration", "\"-00:00:01\"")]
    [DataRow("duration", "\"99999999999.00:00:00\"")]
    [DataRow("options", "{\"a\":null}")]
    [DataRow("options", "7")]
    [DataRow("best_validation", "{\"step\":999999,\"area_under_roc_curve\":0.5,\"log_loss\":0.5}")]
    [DataRow("best_validation", "{\"step\":1,\"area_under_roc_curve\":1.5,\"log_loss\":0.5}")]
    [DataRow("cost", "{}")]
    [DataRow("number_of_targets", null)]
    public void Load_Nonsense_IsRefused(string key, string? value)
    {
        var json = JsonNode.Parse(Json(Summary))!.AsObject();
        json.Remove(key);
        string text = value is null ? json.ToJsonString() : $"{json.ToJsonString()[..^1]},\"{key}\":{value}}}";

        string message = Assert.ThrowsExactly<ModelFormatException>(() => Read(Encoding.UTF8.GetBytes(text))).Message;

        Assert.StartsWith("'training.json' ", message);
    }

    [TestMethod]
    [DataRow("")]
    [DataRow("null")]
    [DataRow("[]")]
    [DataRow("{")]
    public void Load_NoSummary_IsRefused(string text) =>
        Assert.StartsWith("'training.json' ", Assert.ThrowsExactly<ModelFormatException>(() => Read(Encoding.UTF8.GetBytes(text))).Message);

    [TestMethod]
    public void Load_Megabytes_AreRefused() => Assert.AreEqual(
        "'training.json' is longer than a training summary can be (1,048,576 bytes).", Assert.ThrowsExactly<ModelFormatException>(() => Read(new byte[(1 << 20) + 1])).Message);

    [TestMethod]
    public void Load_AnyBitChanged_ReadsWhatWasOrRefuses()
    {
        byte[] sound = Encoding.UTF8.GetBytes(Json(Summary));
        var random = new Random(1);
        int refused = 0;
        for (int i = 0; i < 1000; i++)
        {
            byte[] changed = [.. sound];
            changed[random.Next(changed.Length)] ^= (byte)(1 << random.Next(8));
            try
            {
                Read(changed);
            }
            catch (ModelFormatException)
            {
                refused++;
            }
        }

        Assert.IsGreaterThan(300, refused);
    }

    private static DticTrainingSummary Read(byte[] bytes) => TrainingFile.Load(new MemoryStream(bytes), "training.json");

    private static string Json(DticTrainingSummary summary)
    {
        using var stream = new MemoryStream();
        TrainingFile.Save(stream, summary);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static TransformerChain<DticPredictionTransformer> Train()
    {
        var options = ClickPipeline.Options();
        options.NumberOfEpochs = 3;
        options.ValidationFraction = 0.25;
        return ClickPipeline.Create(new MLContext(seed: 1), options).Fit(ClickPipeline.All.View());
    }
}
