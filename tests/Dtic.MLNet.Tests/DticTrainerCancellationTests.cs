using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;
using TorchSharp;
using static Dtic.MLNet.Tests.TrainingData;
using Column = Dtic.MLNet.Tests.Scoring.PromptView.Column;

namespace Dtic.MLNet.Tests;

/// <summary>Stopping a training before and while it runs.</summary>
[TestClass]
public sealed class DticTrainerCancellationTests
{
    [TestMethod]
    public void Fit_CancelledBefore_ReadsNoRowAndThrows()
    {
        var options = ClickPipeline.Options();
        options.CancellationToken = new CancellationToken(canceled: true);
        var rows = 0;
        var type = new VectorDataViewType(BooleanDataViewType.Instance);
        var view = View(new Column("Label", type, null, _ => (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> _) => rows++)));

        Assert.ThrowsExactly<OperationCanceledException>(() => new DticTrainer(new MLContext(), options).Fit(view));

        Assert.AreEqual(0, rows);
    }

    [TestMethod]
    [DataRow(false, "The operation was canceled.", DisplayName = "token")]
    [DataRow(true, "Training was cancelled through the MLContext.", DisplayName = "MLContext")]
    public void Fit_CancelledWhileItTrains_Throws(bool throughContext, string message)
    {
        var context = new MLContext(seed: 1);
        using var cancellation = new CancellationTokenSource();
        var steps = new Recorder(progress =>
        {
            if (progress.Step == 2)
            {
                Cancel();
            }
        });
        var options = ClickPipeline.Options();
        options.BatchSize = 5;
        options.Progress = steps;
        options.CancellationToken = cancellation.Token;
        var trainer = context.BinaryClassification.Trainers.Dtic(options);
        int threads = torch.get_num_threads();

        var exception = Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(Labelled(i => i % 2)));

        Assert.AreEqual(message, exception.Message);
        Assert.HasCount(2, steps.Reports);
        Assert.AreEqual(threads, torch.get_num_threads());

        void Cancel()
        {
            if (throughContext)
            {
                CancelExecution(context);
            }
            else
            {
                cancellation.Cancel();
            }
        }
    }

    [TestMethod]
    public void Fit_ContextCancelledBefore_Throws()
    {
        var context = new MLContext(seed: 1);
        var trainer = context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options());
        CancelExecution(context);

        var exception = Assert.ThrowsExactly<OperationCanceledException>(() => trainer.Fit(Labelled(i => i % 2)));

        Assert.AreEqual("Training was cancelled through the MLContext.", exception.Message);
    }

    // What AutoML calls; closed to others.
    private static void CancelExecution(MLContext context) =>
        typeof(MLContext).GetMethod("CancelExecution", BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)!.Invoke(context, null);
}
