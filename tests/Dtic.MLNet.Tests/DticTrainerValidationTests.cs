using Dtic.MLNet.Training;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Dtic.MLNet.Tests.TrainingData;

namespace Dtic.MLNet.Tests;

/// <summary>Validation as a user asks for it.</summary>
[TestClass]
public sealed class DticTrainerValidationTests
{
    private const double Fraction = 0.3;

    private static readonly DateTime Cut = CutOf(ClickPipeline.All);

    [TestMethod]
    public void Read_ValidationFraction_HoldsOutTheLatestTargetsOfAllUsers()
    {
        var (train, validation) = Read(ClickPipeline.All);

        Assert.AreEqual(ClickPipeline.All.Count(click => click.Timestamp < Cut), train.LabeledCount);
        Assert.AreEqual(ClickPipeline.All.Count(click => click.Timestamp >= Cut), validation.LabeledCount);
        Assert.AreEqual(ClickPipeline.All.Count(click => click.Timestamp >= Cut && click.Label), validation.PositiveCount);
        Assert.AreEqual(Fraction, (double)validation.LabeledCount / ClickPipeline.All.Length, 0.03);
    }

    [TestMethod]
    public void Read_ValidationFraction_TrainingSeesNothingOfWhatIsHeldOut()
    {
        // Whatever happens from the cut on, the training part is the same, token by token.
        Click[] other = [.. ClickPipeline.All.Select(click => click.Timestamp < Cut ? click : new Click
        {
            Row = click.Row, UserId = click.UserId, Timestamp = click.Timestamp, Title = "night moon", MovieId = 101, Genres = "Drama", Label = !click.Label,
        })];
        var (train, validation) = Read(ClickPipeline.All);
        var (otherTrain, otherValidation) = Read(other);

        Assert.AreEqual(Describe(train), Describe(otherTrain));
        Assert.AreNotEqual(Describe(validation), Describe(otherValidation));
    }

    [TestMethod]
    [DataRow(ContextAttention.Isolated)]
    [DataRow(ContextAttention.Windowed)]
    public void Fit_ValidationFraction_MeasuresWhatAnEvaluationOfTheModelShows(ContextAttention attention)
    {
        var context = new MLContext(seed: 1);
        var options = ClickPipeline.Options();
        options.ContextAttention = attention;
        options.NumberOfLayers = 2;
        options.NumberOfEpochs = 4;
        options.ValidationFraction = Fraction;
        var model = ClickPipeline.Create(context, options).Fit(ClickPipeline.All.View());
        var split = context.Data.TrainTestSplitByTime(ClickPipeline.All.View(), "Timestamp", "UserId", Fraction, ClickPipeline.ContextLength);

        var metrics = context.BinaryClassification.Evaluate(context.Data.Cache(model.Transform(split.TestSet)));

        var training = model.LastTransformer.Model.Training!;
        Assert.AreEqual(metrics.AreaUnderRocCurve, training.BestValidation!.AreaUnderRocCurve, 1e-3);
        Assert.AreEqual(metrics.LogLoss * Math.Log(2), training.BestValidation.LogLoss, 1e-5);
        Assert.AreEqual(training.Curve.Max(point => point.ValidationAreaUnderRocCurve), training.BestValidation.AreaUnderRocCurve);
        Assert.AreEqual(4, training.Curve.Count(point => point.ValidationLogLoss is not null));
    }

    [TestMethod]
    public void Fit_ValidationSetAndOverload_AreTheSame()
    {
        var (train, validation) = Split();
        var options = ClickPipeline.Options();
        var overload = new DticTrainer(new MLContext(), options).Fit(train, validation);
        options.ValidationSet = validation;
        var option = new DticTrainer(new MLContext(), options).Fit(train);

        CollectionAssert.AreEqual(Weights(overload), Weights(option));
        Assert.AreEqual(overload.Model.Training!.BestValidation, option.Model.Training!.BestValidation);
        Assert.AreEqual(ClickPipeline.Split.TestSet.GetColumn<bool>("IsTarget").Count(target => target), (int)option.Model.Training.NumberOfValidationTargets);
        Assert.AreEqual(
            "Fit was given validation data, but the options set ValidationSet too: give one of the two.",
            Assert.ThrowsExactly<InvalidOperationException>(() => new DticTrainer(new MLContext(), options).Fit(train, validation)).Message);
    }

    [TestMethod]
    public void Fit_EarlyStoppingAndInterval_EndTheTrainingAndSaySo()
    {
        var (train, validation) = Split();
        var lines = new List<string>();
        var context = new MLContext(seed: 1);
        context.Log += (_, entry) => lines.Add(entry.RawMessage);
        var options = ClickPipeline.Options();
        options.NumberOfEpochs = 50;
        options.ValidationInterval = 3;
        options.EarlyStoppingRounds = 2;

        var model = context.BinaryClassification.Trainers.Dtic(options).Fit(train, validation).Model.Training!;

        Assert.AreEqual(TrainingEnd.StoppedEarly, model.End);
        Assert.AreEqual(6, model.Steps - model.BestStep);
        Assert.IsLessThan(model.NumberOfSteps, model.Steps);
        Assert.AreEqual(50.0 * model.Steps / model.NumberOfSteps, model.Epochs);
        string[] validations = [.. lines.Where(line => line.StartsWith("Validation after", StringComparison.Ordinal))];
        Assert.HasCount(model.Steps / 3, validations);
        Assert.MatchesRegex(@"^Validation after step 3: AUC 0\.\d{4}, log-loss 0\.\d{4} nats, the best so far\.$", validations[0]);
        Assert.MatchesRegex($@"^Validation after step {model.Steps}: AUC 0\.\d{{4}}, log-loss 0\.\d{{4}} nats, the best was AUC 0\.\d{{4}}, log-loss 0\.\d{{4}} nats after step {model.BestStep}\.$", validations[^1]);
        Assert.Contains($"Training stopped early after {model.Steps} of {model.NumberOfSteps} steps; the model has the weights after step {model.BestStep}.", lines);
    }

    [TestMethod]
    public void Fit_CancelledWithReturnBest_GivesTheBestModel()
    {
        using var cancellation = new CancellationTokenSource();
        var (train, validation) = Split();
        var options = ClickPipeline.Options();
        options.NumberOfEpochs = 20;
        options.ReturnBestWhenCancelled = true;
        options.CancellationToken = cancellation.Token;
        var recorder = new Recorder(progress =>
        {
            if (progress.Epoch == 3)
            {
                cancellation.Cancel();
            }
        });
        options.Progress = recorder;

        var training = new DticTrainer(new MLContext(), options).Fit(train, validation).Model.Training!;

        Assert.AreEqual(TrainingEnd.Cancelled, training.End);
        Assert.AreEqual(recorder.Reports.Count, training.Steps);
        Assert.AreEqual(recorder.Reports[^1].BestValidation, training.BestValidation);
        Assert.IsLessThan(training.Steps, training.BestStep);
    }

    [TestMethod]
    public void Fit_OptionThatNeedsValidation_IsRefusedWithoutOne()
    {
        AssertRefused("EarlyStoppingRounds needs a validation set: set ValidationFraction or ValidationSet, or call Fit(trainData, validationData).", options => options.EarlyStoppingRounds = 1);
        AssertRefused("Calibration needs a validation set: set ValidationFraction or ValidationSet, or call Fit(trainData, validationData).", options => options.Calibration = CalibrationMethod.Platt);

        static void AssertRefused(string message, Action<DticTrainer.Options> set)
        {
            var options = ClickPipeline.Options();
            set(options);
            Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2))).Message);
        }
    }

    [TestMethod]
    public void Fit_PipelineWithAnOptionThatNeedsValidation_IsRefusedBeforeAnyRowIsRead()
    {
        var context = new MLContext(seed: 1);
        int rows = 0;
        var clicks = context.Data.LoadFromEnumerable(ClickPipeline.All.Select(click =>
        {
            rows++;
            return click;
        }));
        var options = ClickPipeline.Options();
        options.EarlyStoppingRounds = 1;
        var trainer = context.BinaryClassification.Trainers.Dtic(options);

        Assert.AreEqual(
            "EarlyStoppingRounds needs a validation set: set ValidationFraction or ValidationSet, or call Fit(trainData, validationData).",
            Assert.ThrowsExactly<InvalidOperationException>(() => ClickPipeline.Pack(context).Append(trainer).Fit(clicks)).Message);

        Assert.AreEqual(0, rows);
        Assert.IsGreaterThan(0, trainer.Fit(Labelled(i => i % 2), Labelled(i => i % 3 == 0 ? 1 : 0)).Model.Training!.NumberOfValidationTargets);
    }

    [TestMethod]
    public void Fit_ValidationSetOfAnotherPacker_NamesBoth()
    {
        var (train, _) = Split();
        var other = Clicks.Of(users: 3, seed: 5).View();
        var trainer = new DticTrainer(new MLContext(), ClickPipeline.Options());
        var context = new MLContext();

        string vocabulary = Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(train, ClickPipeline.Pack(context).Fit(other).Transform(other))).Message;
        Assert.MatchesRegex("^The validation set holds prompts of vocabulary [0-9a-f]{12}, the training set of vocabulary [0-9a-f]{12}. Transform both by the same fitted PackPrompts.$", vocabulary);
        var longer = ClickPipeline.Pack(context, contextLength: 6).Fit(ClickPipeline.Split.TrainSet).Transform(ClickPipeline.Split.TestSet);
        Assert.AreEqual(
            "The validation set holds prompts with a context of 6 interactions, the training set of 5. Transform both by the same fitted PackPrompts.",
            Assert.ThrowsExactly<ArgumentException>(() => trainer.Fit(train, longer)).Message);
    }

    [TestMethod]
    public void Fit_ValidationLabels_MustBeThereAndOfBothClasses()
    {
        var trainer = new DticTrainer(new MLContext(), ClickPipeline.Options());
        var train = Labelled(i => i % 2);

        Assert.AreEqual(
            $"All {TargetCount} labelled targets to validate on are positive; validation needs both classes in 'Label'.",
            Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(train, Labelled(_ => 1))).Message);
        Assert.AreEqual(
            $"There is nothing to validate on: none of the {TargetCount} targets has a label in 'Label'. Check the label column and the target flags.",
            Assert.ThrowsExactly<InvalidOperationException>(() => trainer.Fit(train, Labelled(_ => float.NaN))).Message);
        Assert.AreEqual(
            "Label column 'Label' is missing. Set LabelColumnName of the trainer to the label that PackPrompts was given. (Parameter 'schema')", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.Fit(train, View())).Message);
    }

    [TestMethod]
    public void Fit_ValidationFractionWithoutTimes_SaysWhatIsMissing()
    {
        var options = ClickPipeline.Options();
        options.ValidationFraction = 0.1;
        Click[] atOnce = [.. ClickPipeline.All.Select(click => new Click { UserId = click.UserId, Title = click.Title, Label = click.Label })];

        Assert.StartsWith(
            "Column 'Prompt' lacks the annotation 'TimeColumn'",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new DticTrainer(new MLContext(), options).Fit(Labelled(i => i % 2))).Message);
        Assert.AreEqual(
            "ValidationFraction (0.1) cannot be held out: the 240 labelled targets all have the same time in column 'Timestamp'.",
            Assert.ThrowsExactly<InvalidOperationException>(() => ClickPipeline.Create(new MLContext(), options).Fit(atOnce.View())).Message);
        var dropped = ClickPipeline.Pack(new MLContext()).Append(new MLContext().Transforms.DropColumns("Timestamp")).Append(new DticTrainer(new MLContext(), options));
        Assert.StartsWith(
            "Column 'Timestamp', which holds the times of the targets, is missing.",
            Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => dropped.Fit(ClickPipeline.All.View())).Message);
    }

    private static DateTime CutOf(Click[] clicks)
    {
        DateTime[] times = [.. clicks.Select(click => click.Timestamp).Distinct()];
        return times.MinBy(time => Math.Abs(clicks.Count(click => click.Timestamp >= time) - (Fraction * clicks.Length)));
    }

    private static (IDataView Train, IDataView Validation) Split()
    {
        var split = ClickPipeline.Split;
        var packer = ClickPipeline.Pack(new MLContext()).Fit(split.TrainSet);
        return (packer.Transform(split.TrainSet), packer.Transform(split.TestSet));
    }

    private static (PromptStore Train, PromptStore Validation) Read(Click[] clicks)
    {
        var options = ClickPipeline.Options();
        options.ValidationFraction = Fraction;
        var prompts = ClickPipeline.Pack(new MLContext()).Fit(ClickPipeline.All.View()).Transform(clicks.View());
        var (train, validation) = new TrainingPrompts(options, () => { }).Read(prompts, PromptSchema.Read(prompts.Schema, "Prompt"), null);
        return (train, validation!);
    }

    private static string Describe(PromptStore store) => string.Join('\n', Enumerable.Range(0, store.PromptCount).Select(prompt =>
        $"{string.Join(' ', store.Prompt(prompt).Tokens.ToArray())} | {string.Join(' ', store.Prompt(prompt).KnownOutcomes.ToArray())} | {string.Join(' ', store.Labels(prompt).ToArray())}"));
}
