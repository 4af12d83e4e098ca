using System.Globalization;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;
using static Dtic.MLNet.Tests.TrainingData;
using Column = Dtic.MLNet.Tests.Scoring.PromptView.Column;

namespace Dtic.MLNet.Tests;

/// <summary>What the trainer refuses, and what it says.</summary>
[TestClass]
public sealed class DticTrainerRefusalTests
{
    [TestMethod]
    public void Fit_WithoutPrompts_NamesTheColumn() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt' is missing. Put PackPrompts before the trainer; it writes this column. (Parameter 'schema')",
        PromptView.With(0, Column.Values("User", TextDataViewType.Instance, Array.Empty<ReadOnlyMemory<char>>())));

    [TestMethod]
    public void Fit_PromptsOfAnotherType_NamesBoth() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt' has type Single, expected Vector<Int32> as PackPrompts writes it. (Parameter 'schema')",
        PromptView.With(0, Column.Values("Prompt", NumberDataViewType.Single, Array.Empty<float>())));

    [TestMethod]
    public void Fit_PromptsWithoutCompanion_NamesIt() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt.InteractionStarts' is missing. Put PackPrompts before the trainer; it writes this column. (Parameter 'schema')",
        PromptView.With(0, Column.Vectors<int>("Prompt", NumberDataViewType.Int32, [])));

    [TestMethod]
    public void Fit_PromptsOfAnotherMaker_SaysWhatTheyLack() => AssertRefused<ArgumentOutOfRangeException>(
        "Column 'Prompt' lacks the annotation 'VocabularyHash' of type String: it was not written by PackPrompts. (Parameter 'VocabularyHash')",
        PromptView.With(
            0,
            Column.Vectors<int>("Prompt", NumberDataViewType.Int32, []),
            Column.Vectors<int>("Prompt.InteractionStarts", NumberDataViewType.Int32, []),
            Column.Vectors<int>("Prompt.KnownOutcomes", NumberDataViewType.Int32, [])));

    [TestMethod]
    public void Fit_WithoutLabel_NamesTheColumn() => AssertRefused<ArgumentOutOfRangeException>("Label column 'Label' is missing. Set LabelColumnName of the trainer to the label that PackPrompts was given. (Parameter 'schema')", View());

    [TestMethod]
    public void Fit_LabelOfAnotherType_NamesBoth()
    {
        AssertRefused<ArgumentOutOfRangeException>(
            "Label column 'Label' has type Vector<Int32>, expected a vector of Boolean, Single or Double, one value per target, as PackPrompts writes it. (Parameter 'schema')",
            View(Column.Vectors("Label", NumberDataViewType.Int32, LabelsOf(_ => 1))));
        AssertRefused<ArgumentOutOfRangeException>(
            "Label column 'Label' has type Boolean, expected a vector of Boolean, Single or Double, one value per target, as PackPrompts writes it. (Parameter 'schema')",
            View(Column.Values("Label", BooleanDataViewType.Instance, new bool[Prompts.Length])));
    }

    [TestMethod]
    [DataRow(0.5f, "0.5")]
    [DataRow(-1f, "-1")]
    [DataRow(float.PositiveInfinity, "Infinity")]
    public void Fit_LabelOfAnotherNumber_NamesIt(float label, string shown) => AssertRefused<InvalidOperationException>(
        $"Label column 'Label' holds {shown}, expected 0, 1 or NaN (missing).", Labelled(i => i == 7 ? label : i % 2));

    [TestMethod]
    public void Fit_NoLabelledTarget_SaysSo()
    {
        AssertRefused<InvalidOperationException>(
            $"There is nothing to train on: none of the {TargetCount} targets has a label in 'Label'. Check the label column and the target flags.", Labelled(_ => float.NaN));
    }

    [TestMethod]
    public void Fit_NoPrompt_SaysSo() => AssertRefused<InvalidOperationException>(
        "There is nothing to train on: the view has no prompts. Check that rows are left of the data, and that some of them are targets.",
        PromptView.Of([], TestModels.Configuration(), false, PromptView.Labels([], _ => true)));

    [TestMethod]
    public void Fit_Requests_SaysWhatToGive() => AssertRefused<InvalidOperationException>(
        "Column 'Prompt' holds requests, which bring their history along in columns of their own: one can score them, and cannot train on them yet. "
        + "Train on interactions, one a row, with the columns that PackPrompts was fitted to.",
        PromptView.Of([Prompts[0].Slice(0, 1, 10)], TestModels.Configuration(), isRequest: true, Column.Values("Label", BooleanDataViewType.Instance, new[] { true })));

    [TestMethod]
    [DataRow("5 1000", "0", "0", "token 1000 of a vocabulary of 24")]
    [DataRow("-1 5", "0", "0", "token -1 of a vocabulary of 24")]
    [DataRow("5 6", "", "", "2 tokens and no interaction")]
    [DataRow("5 6", "0", "0 0", "1 interactions, with known outcomes of 2")]
    [DataRow("5 6", "0 2", "0 0", "an interaction that begins at token 2 and ends before token 2")]
    [DataRow("5 6", "-1", "0", "an interaction that begins at token -1 and ends before token 2")]
    [DataRow("5 6 7", "1 0", "0 0", "an interaction that begins at token 1 and ends before token 0")]
    [DataRow("5 6", "0 1", "0 2", "an interaction that sees 2 outcomes, and 1 stand before it")]
    public void FitAndTransform_PromptThatWasChanged_NamesWhatIsWrong(string tokens, string starts, string known, string problem)
    {
        string message = $"Column 'Prompt' holds a prompt that PackPrompts did not write so: {problem}. Leave the columns of prompts as they are.";
        var prompt = new PackedPrompt(Numbers(tokens), Numbers(starts), Numbers(known));
        var view = PromptView.Of([prompt], TestModels.Configuration(), false, PromptView.Labels([prompt], _ => true));
        Assert.AreEqual(24, TestModels.Configuration().VocabularySize);

        AssertRefused<InvalidOperationException>(message, view);
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => Scorers.Read<float>(Fit(Labelled(i => i % 2)).Transform(view), "Score")).Message);

        static int[] Numbers(string text) => [.. text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => int.Parse(number, CultureInfo.InvariantCulture))];
    }

    [TestMethod]
    public void Fit_RowsScoredAlready_SaysHowToTrainTwoModels()
    {
        const string Message = "Column 'Prompt' is missing: these rows are scored already, and a scorer uses up the prompts. A pipeline holds one click model; "
            + "to train another, fit PackPrompts once and give packer.Transform(data) to each trainer's Fit.";
        var context = new MLContext(seed: 1);
        var twice = ClickPipeline.Create(context).Append(context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options()));

        Assert.AreEqual($"{Message} (Parameter 'shape')", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => twice.Fit(ClickPipeline.All.View())).Message);
        AssertRefused<ArgumentOutOfRangeException>($"{Message} (Parameter 'schema')", ClickPipeline.Model(ContextAttention.Isolated).Transform(ClickPipeline.All.View()));
    }

    [TestMethod]
    public void Fit_TwoPackers_SaysHowToPackInTwoWays()
    {
        const string Message = "The input holds prompts already, in column 'Prompt': PackPrompts takes interactions, one a row. To pack them in two ways, fit each packer to the interactions themselves.";
        var (context, clicks) = (new MLContext(seed: 1), ClickPipeline.All.View());
        var packer = ClickPipeline.Pack(context);
        var other = context.Transforms.PackPrompts("Other", "UserId", "Timestamp", categoricalColumnNames: ["MovieId"]);

        Assert.AreEqual(Message, Assert.ThrowsExactly<ArgumentException>(() => packer.Append(other).Fit(clicks)).Message);
        Assert.AreEqual(Message, Assert.ThrowsExactly<ArgumentException>(() => other.Fit(packer.Fit(clicks).Transform(clicks))).Message);
    }

    [TestMethod]
    [DataRow(0f, "negative")]
    [DataRow(1f, "positive")]
    public void Fit_OneClass_NamesIt(float label, string shown) => AssertRefused<InvalidOperationException>(
        $"All {TargetCount - 3} labelled targets are {shown}; training needs both classes in 'Label'.", Labelled(i => i < 3 ? float.NaN : label));

    [TestMethod]
    public void Fit_LabelsOfAnotherNumberThanTargets_NamesBoth()
    {
        float[][] labels = LabelsOf<float>(i => i % 2);
        labels[0] = [.. labels[0], 1];
        AssertRefused<InvalidOperationException>(
            $"Label column 'Label' has {Prompts[0].TargetCount + 1} values in a prompt of {Prompts[0].TargetCount} targets. "
            + "Compute labels before PackPrompts, which lays them out one per target.",
            View(Column.Vectors("Label", NumberDataViewType.Single, labels)));
    }

    [TestMethod]
    public void Fit_Null_Throws()
    {
        Assert.AreEqual("input", Assert.ThrowsExactly<ArgumentNullException>(() => Fit(null!)).ParamName);
        Assert.AreEqual("environment", Assert.ThrowsExactly<ArgumentNullException>(() => new DticTrainer(null!)).ParamName);
        Assert.AreEqual("options", Assert.ThrowsExactly<ArgumentNullException>(() => new MLContext().BinaryClassification.Trainers.Dtic(null!)).ParamName);
    }

    private static void AssertRefused<T>(string message, IDataView view)
        where T : Exception => Assert.AreEqual(message, Assert.ThrowsExactly<T>(() => Fit(view)).Message);
}
