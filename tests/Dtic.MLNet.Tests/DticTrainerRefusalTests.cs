using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
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
            "Label column 'Label' has type Vector<Int32>, expected a vector of Boolean or Single, one value per target, as PackPrompts writes it. (Parameter 'schema')",
            View(Column.Vectors("Label", NumberDataViewType.Int32, LabelsOf(_ => 1))));
        AssertRefused<ArgumentOutOfRangeException>(
            "Label column 'Label' has type Boolean, expected a vector of Boolean or Single, one value per target, as PackPrompts writes it. (Parameter 'schema')",
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
        const string Message = "There is nothing to train on: no target of the prompts has a label in 'Label'. Check the label column and the target flags.";
        AssertRefused<InvalidOperationException>(Message, Labelled(_ => float.NaN));
        AssertRefused<InvalidOperationException>(Message, PromptView.Of([], TestModels.Configuration(), false, PromptView.Labels([], _ => true)));
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
