using Dtic.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class PackedSchemaTests
{
    private static readonly RichInteraction[] Rows =
    [
        new() { UserId = 7, Timestamp = 2, MovieId = "b", Label = true, Pair = [3, 4], Words = ["x", "y"], Seen = new DateTime(2025, 1, 2), Code = 9 },
        new() { UserId = 8, Timestamp = 1, MovieId = "a", Label = false, Pair = [5, 6], Words = ["y", "z"], Seen = new DateTime(2025, 1, 3), Code = 8 },
        new() { UserId = 7, Timestamp = 1, MovieId = "a", Label = false, Pair = [1, 2], Words = ["x", ""], Seen = new DateTime(2025, 1, 1), Code = 7 },
    ];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Transform_OtherColumns_HaveOneSlotPerTarget()
    {
        var prompts = Estimator().Fit(View()).Transform(View());
        Assert.AreEqual(
            "UserId Prompt Prompt.InteractionStarts Prompt.KnownOutcomes Prompt.HistoryLength Timestamp MovieId Label Pair Words Seen Code MovieKey",
            string.Join(' ', prompts.Schema.Select(column => column.Name)));
        Assert.AreEqual(NumberDataViewType.Int32, prompts.Schema["UserId"].Type);
        Assert.AreEqual(new VectorDataViewType(BooleanDataViewType.Instance), prompts.Schema["Label"].Type);

        Assert.AreEqual("0 1 | 0", Values<int>(prompts, "Prompt.HistoryLength"));
        Assert.AreEqual("1 2 | 1", Values<long>(prompts, "Timestamp"));
        Assert.AreEqual("a b | a", Values<ReadOnlyMemory<char>>(prompts, "MovieId"));
        Assert.AreEqual("False True | False", Values<bool>(prompts, "Label"));
        Assert.AreEqual("1 2 3 4 | 5 6", Values<float>(prompts, "Pair"));
        Assert.AreEqual("x  x y | y z", Values<ReadOnlyMemory<char>>(prompts, "Words"));
        Assert.AreEqual("7 9 | 8", Values<ulong>(prompts, "Code"));
        Assert.AreEqual("2 1 | 2", Values<uint>(prompts, "MovieKey"));
    }

    [TestMethod]
    public void Transform_VectorsAndKeys_KeepTheirAnnotations()
    {
        var prompts = Estimator().Fit(View()).Transform(View());
        VBuffer<int> dimensions = default;
        prompts.Schema["Pair"].Annotations.GetValue("FlattenedDimensions", ref dimensions);
        CollectionAssert.AreEqual(new[] { 2 }, dimensions.DenseValues().ToArray());
        VBuffer<ReadOnlyMemory<char>> values = default;
        prompts.Schema["MovieKey"].GetKeyValues(ref values);
        Assert.AreEqual("b a", string.Join(' ', values.DenseValues()));
    }

    [TestMethod]
    public void Transform_PromptColumn_TellsVocabularyAndForm()
    {
        var packer = Estimator().Fit(View());
        var annotations = packer.Transform(View()).Schema["Prompt"].Annotations;
        ReadOnlyMemory<char> hash = default, form = default, time = default;
        int size = 0, contextLength = 0;
        VBuffer<int> special = default;
        annotations.GetValue("VocabularyHash", ref hash);
        annotations.GetValue("VocabularySize", ref size);
        annotations.GetValue("ContextLength", ref contextLength);
        annotations.GetValue("Form", ref form);
        annotations.GetValue("TimeColumn", ref time);
        annotations.GetValue("SpecialTokens", ref special);
        Assert.AreEqual((packer.VocabularyHash, packer.VocabularySize, 2, "Interactions", "Timestamp"), (hash.ToString(), size, contextLength, form.ToString(), time.ToString()));
        Assert.AreEqual("0 1 2 3", string.Join(' ', special.DenseValues()));
    }

    [TestMethod]
    public void Transform_VariableVector_IsDroppedWithOneLogLine()
    {
        var lines = new List<string>();
        _mlContext.Log += (_, e) => lines.Add(e.RawMessage);
        Estimator().Fit(View()).Transform(View());
        Assert.AreEqual("Dropped, because they have no fixed size or are of a custom type: Tags.", lines.Single(line => line.StartsWith("Dropped", StringComparison.Ordinal)));
    }

    [TestMethod]
    public void GetOutputSchema_OfEstimator_AgreesWithTheTransformer()
    {
        var estimator = Estimator();
        var promised = estimator.GetOutputSchema(MLNetInternals.Shape(View().Schema));
        var found = MLNetInternals.Shape(estimator.Fit(View()).GetOutputSchema(View().Schema));
        CollectionAssert.AreEqual(Describe(found), Describe(promised));

        static string[] Describe(SchemaShape shape) => [.. shape.Select(column =>
            $"{column.Name} {column.Kind} {column.ItemType} {column.IsKey} {string.Join(' ', column.Annotations.Select(annotation => annotation.Name).Order(StringComparer.Ordinal))}")];
    }

    [TestMethod]
    public void GetOutputSchema_MissingColumn_IsRefusedBeforeFit()
    {
        var shape = MLNetInternals.Shape(_mlContext.Data.LoadFromEnumerable([new { UserId = "u" }]).Schema);
        var error = Assert.ThrowsExactly<ArgumentException>(() => Estimator().GetOutputSchema(shape));
        Assert.AreEqual("There is no column 'MovieId' (categorical). The columns are: UserId.", error.Message);
    }

    private PromptPackingEstimator Estimator() =>
        _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], ContextLength = 2, TargetsPerPrompt = 0 });

    private IDataView View()
    {
        var view = _mlContext.Data.LoadFromEnumerable(Rows);
        return _mlContext.Transforms.Conversion.MapValueToKey("MovieKey", "MovieId").Fit(view).Transform(view);
    }

    private static string Values<T>(IDataView view, string column)
    {
        using var cursor = view.GetRowCursor([view.Schema[column]]);
        var getter = cursor.GetGetter<VBuffer<T>>(view.Schema[column]);
        VBuffer<T> values = default;
        var rows = new List<string>();
        while (cursor.MoveNext())
        {
            getter(ref values);
            rows.Add(string.Join(' ', values.DenseValues()));
        }

        return string.Join(" | ", rows);
    }

    private sealed class RichInteraction
    {
        public int UserId { get; set; }

        public long Timestamp { get; set; }

        public string MovieId { get; set; } = "";

        public bool Label { get; set; }

        [VectorType(2)]
        public float[] Pair { get; set; } = [];

        [VectorType(2)]
        public string[] Words { get; set; } = [];

        public string[] Tags { get; set; } = ["t"];

        public DateTime Seen { get; set; }

        public ulong Code { get; set; }
    }
}
