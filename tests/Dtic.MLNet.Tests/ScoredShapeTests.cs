using Dtic.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class ScoredShapeTests
{
    [TestMethod]
    public void GetOutputSchema_Chain_AgreesWithTheFittedTransformer()
    {
        var context = new MLContext(seed: 1);
        var data = context.Data.LoadFromEnumerable(Rows());
        var front = context.Transforms.Concatenate("Joined", "Number", "Fixed")
            .Append(context.Transforms.Conversion.MapValueToKey("Key", "Word"))
            .Append(context.Transforms.Conversion.MapValueToKey("NumberKey", "Time"))
            .Append(context.Transforms.Text.TokenizeIntoWords("Variable", "Word"))
            .Append(context.Transforms.Categorical.OneHotEncoding("Indicator", "Word"));
        var pipeline = front
            .Append(context.Transforms.PackPrompts("Prompt", "User", "Time", "Label", categoricalColumnNames: ["Word"], contextLength: 3, targetsPerPrompt: 2))
            .Append(context.BinaryClassification.Trainers.Dtic(ClickPipeline.Options()));

        string[] promised = Describe(pipeline.GetOutputSchema(MLNetInternals.Shape(data.Schema)));
        string[] given = Describe(MLNetInternals.Shape(pipeline.Fit(data).GetOutputSchema(data.Schema)));

        Assert.AreEqual(string.Join('\n', given), string.Join('\n', promised));
        CollectionAssert.IsSubsetOf(
            new[] { "Fixed: Vector of Single", "Number: Scalar of Single", "Label: Scalar of Boolean", "PredictedLabel: Scalar of Boolean" },
            promised.Select(column => column.Split(';')[0]).ToArray());
        CollectionAssert.Contains(promised.Select(column => column.Split(';')[0]).ToArray(), "Key: Scalar of UInt32, a key");
        CollectionAssert.Contains(promised, "NumberKey: Scalar of UInt32, a key; KeyValues: Vector of Int64");
        Assert.IsEmpty(promised.Where(column => column.StartsWith("Variable:", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void GetOutputSchema_CalibratedChain_AgreesWithTheFittedTransformer()
    {
        var context = new MLContext(seed: 1);
        var pipeline = ClickPipeline.Create(context).Append(context.BinaryClassification.Calibrators.Platt());
        var data = ClickPipeline.Split.TrainSet;

        string[] promised = Names(pipeline.GetOutputSchema(MLNetInternals.Shape(data.Schema)));

        CollectionAssert.AreEquivalent(Names(MLNetInternals.Shape(pipeline.Fit(data).GetOutputSchema(data.Schema))), promised);

        static string[] Names(SchemaShape shape) => [.. shape.Select(column => $"{column.Name}: {column.Kind} of {column.ItemType}").Distinct()];
    }

    [TestMethod]
    public void GetOutputSchema_WithoutPacker_SaysWhatToPutBefore() => AssertRefused(
        "Column 'Prompt' is missing. Put PackPrompts before the trainer; it writes this column. (Parameter 'shape')", ClickPipeline.All.View().Schema);

    [TestMethod]
    public void GetOutputSchema_PromptOfAnotherType_NamesBoth() => AssertRefused(
        "Column 'Prompt' is a Scalar of Single, expected a VariableVector of Int32. (Parameter 'shape')", Schema(("Prompt", NumberDataViewType.Single)));

    [TestMethod]
    public void GetOutputSchema_LabelMissingOrOfAnotherType_NamesIt()
    {
        var integers = new VectorDataViewType(NumberDataViewType.Int32);
        (string, DataViewType)[] prompt = [("Prompt", integers), ("Prompt.InteractionStarts", integers), ("Prompt.KnownOutcomes", integers)];
        AssertRefused("Label column 'Label' is missing. Set LabelColumnName of the trainer to the label that PackPrompts was given. (Parameter 'shape')", Schema(prompt));
        AssertRefused(
            "Column 'Label' is a VariableVector of Int32, expected a VariableVector of Boolean, Single or Double. (Parameter 'shape')", Schema([.. prompt, ("Label", integers)]));
    }

    private static void AssertRefused(string message, DataViewSchema schema)
    {
        var trainer = new MLContext().BinaryClassification.Trainers.Dtic();
        Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => trainer.GetOutputSchema(MLNetInternals.Shape(schema))).Message);
    }

    private static DataViewSchema Schema(params (string Name, DataViewType Type)[] columns)
    {
        var schema = new DataViewSchema.Builder();
        foreach (var (name, type) in columns)
        {
            schema.AddColumn(name, type);
        }

        return schema.ToSchema();
    }

    private static string[] Describe(SchemaShape shape) =>
    [
        .. shape.Select(column => $"{column.Name}: {column.Kind} of {column.ItemType}{(column.IsKey ? ", a key" : "")}; "
            + string.Join(", ", column.Annotations
                .Select(annotation => $"{annotation.Name}: {annotation.Kind} of {annotation.ItemType}").Order(StringComparer.Ordinal))),
    ];

    private static IEnumerable<Row> Rows() => Enumerable.Range(0, 60).Select(i => new Row
    {
        User = $"u{i % 4}",
        Time = i,
        Word = $"w{i % 5}",
        Number = i,
        Fixed = [i, 2 * i],
        Label = i % 3 == 0,
    });

    private sealed class Row
    {
        public string User { get; set; } = "";

        public long Time { get; set; }

        public string Word { get; set; } = "";

        public float Number { get; set; }

        [VectorType(2)]
        public float[] Fixed { get; set; } = [];

        public bool Label { get; set; }
    }
}
