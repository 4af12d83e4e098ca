using Dtic.MLNet.Tests.Model;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;
using Column = Dtic.MLNet.Tests.Scoring.PromptView.Column;

namespace Dtic.MLNet.Tests.Scoring;

[TestClass]
public sealed class PassedColumnTests
{
    private static readonly PackedPrompt[] Prompts = [PromptText.Parse("| 5 S + | 6 S"), PromptText.Parse("| 7 S")];

    [TestMethod]
    public void Schema_WholeHistories_RestoresSourceTypesAndDropsPrompts()
    {
        var key = new KeyDataViewType(typeof(uint), 3);
        using var transformer = Create(out var configuration);
        var view = PromptView.Of(
            Prompts, configuration, false,
            Column.Values("User", TextDataViewType.Instance, new[] { "a".AsMemory(), "b".AsMemory() }),
            Column.Vectors("Time", DateTimeDataViewType.Instance, Slots<DateTime>()),
            Column.Vectors("Genre", key, Slots<uint>(), annotations: KeyValues()),
            Column.Vectors("Embedding", NumberDataViewType.Single, Slots<float>(3), annotations: Flattened(3)),
            Column.Vectors("Image", NumberDataViewType.Single, Slots<float>(6), annotations: Flattened(2, 3)),
            Column.Vectors("UserVector", NumberDataViewType.Double, new double[2][], size: 2));

        var schema = transformer.GetOutputSchema(view.Schema);

        CollectionAssert.AreEqual(
            new[] { "User", "Time", "Genre", "Embedding", "Image", "UserVector", "Score", "Probability", "PredictedLabel" }, schema.Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(
            new DataViewType[]
            {
                TextDataViewType.Instance, DateTimeDataViewType.Instance, key, new VectorDataViewType(NumberDataViewType.Single, 3),
                new VectorDataViewType(NumberDataViewType.Single, 2, 3), new VectorDataViewType(NumberDataViewType.Double, 2), NumberDataViewType.Single, NumberDataViewType.Single, BooleanDataViewType.Instance,
            },
            schema.Select(column => column.Type).ToArray());
        VBuffer<ReadOnlyMemory<char>> values = default;
        schema["Genre"].GetKeyValues(ref values);
        CollectionAssert.AreEqual(new[] { "x", "y", "z" }, values.DenseValues().Select(value => value.ToString()).ToArray());
        VBuffer<ReadOnlyMemory<char>> slots = default;
        schema["Embedding"].GetSlotNames(ref slots);
        CollectionAssert.AreEqual(new[] { "e0", "e1", "e2" }, slots.DenseValues().Select(value => value.ToString()).ToArray());
        Assert.IsNull(schema["Embedding"].Annotations.Schema.GetColumnOrNull(PromptColumns.FlattenedDimensions));
    }

    [TestMethod]
    public void Values_WholeHistories_EachTargetHasItsOwn()
    {
        using var transformer = Create(out var configuration);
        var view = PromptView.Of(
            Prompts, configuration, false,
            Column.Values("User", TextDataViewType.Instance, new[] { "a".AsMemory(), "b".AsMemory() }),
            Column.Vectors("Title", TextDataViewType.Instance, new[] { new[] { "t1".AsMemory(), "t2".AsMemory() }, ["t3".AsMemory()] }),
            Column.Vectors("Genre", new KeyDataViewType(typeof(uint), 3), new uint[][] { [1, 0], [3] }),
            Column.Vectors("Embedding", NumberDataViewType.Single, new float[][] { [1, 2, 3, 4], [5, 6] }, annotations: Flattened(2)),
            Column.Vectors("UserVector", NumberDataViewType.Double, new double[][] { [1, 2], [3, 4] }, size: 2));
        var scored = transformer.Transform(view);

        CollectionAssert.AreEqual(new[] { "a", "a", "b" }, Scorers.Read<ReadOnlyMemory<char>>(scored, "User").Select(value => value.ToString()).ToArray());
        CollectionAssert.AreEqual(new[] { "t1", "t2", "t3" }, Scorers.Read<ReadOnlyMemory<char>>(scored, "Title").Select(value => value.ToString()).ToArray());
        CollectionAssert.AreEqual(new uint[] { 1, 0, 3 }, Scorers.Read<uint>(scored, "Genre"));
        AssertVectors<float>([[1, 2], [3, 4], [5, 6]], scored, "Embedding");
        AssertVectors<double>([[1, 2], [1, 2], [3, 4]], scored, "UserVector");
    }

    [TestMethod]
    public void Values_SparseSlots_AreDefaults()
    {
        using var transformer = Create(out var configuration);
        var sparse = new Column("Label", new VectorDataViewType(BooleanDataViewType.Instance), null, row => (ValueGetter<VBuffer<bool>>)((ref VBuffer<bool> value) =>
            value = row() == 0 ? new VBuffer<bool>(2, 1, [true], [1]) : new VBuffer<bool>(1, 0, [], [])));

        var scored = transformer.Transform(PromptView.Of(Prompts, configuration, false, sparse));

        CollectionAssert.AreEqual(new[] { false, true, false }, Scorers.Read<bool>(scored, "Label"));
    }

    [TestMethod]
    public void Values_KeptByTheCaller_AreNotOverwritten()
    {
        using var transformer = Create(out var configuration);
        var scored = transformer.Transform(PromptView.Of(
            Prompts, configuration, false, Column.Vectors("UserVector", NumberDataViewType.Double, new double[][] { [1, 2], [3, 4] }, size: 2)));
        using var cursor = scored.GetRowCursor([scored.Schema["UserVector"]]);
        var getter = cursor.GetGetter<VBuffer<double>>(scored.Schema["UserVector"]);
        VBuffer<double> first = default;
        Assert.IsTrue(cursor.MoveNext());
        getter(ref first);

        VBufferEditor.CreateFromBuffer(ref first).Values[0] = 99;   // the caller's own, to do with as it likes
        Assert.IsTrue(cursor.MoveNext());
        VBuffer<double> second = default;
        getter(ref second);

        Assert.AreEqual(1, second.GetValues()[0]);
    }

    [TestMethod]
    public void Values_NotOnePerTarget_Throws()
    {
        using var transformer = Create(out var configuration);
        var scored = transformer.Transform(PromptView.Of(
            Prompts, configuration, false, Column.Vectors("Words", NumberDataViewType.Int32, new int[][] { [1, 2, 3], [4] })));

        var exception = Assert.ThrowsExactly<InvalidOperationException>(() => Scorers.Read<int>(scored, "Words"));

        Assert.AreEqual(
            "Column 'Words' has 3 values in a prompt of 2 targets, expected 2: beside prompts a variable vector holds values of each target. "
            + "Compute the column before PackPrompts, or drop it.",
            exception.Message);
        Assert.HasCount(3, Scorers.Read<float>(scored, "Score"));
    }

    [TestMethod]
    public void Values_RequestForm_StayAsTheyAre()
    {
        using var transformer = Create(out var configuration);
        PackedPrompt[] requests = [PromptText.Parse("| 5 + | 6 S"), PromptText.Parse("| 7 S")];
        var view = PromptView.Of(
            requests, configuration, true,
            Column.Values("Movie", NumberDataViewType.Int32, new[] { 6, 7 }),
            Column.Vectors("HistoryMovie", NumberDataViewType.Int32, new int[][] { [5], [] }));
        var scored = transformer.Transform(view);

        CollectionAssert.AreEqual(view.Schema.Select(column => column.Type).ToArray(), scored.Schema.Take(view.Schema.Count).Select(column => column.Type).ToArray());
        CollectionAssert.AreEqual(new[] { 6, 7 }, Scorers.Read<int>(scored, "Movie"));
        AssertVectors<int>([[5], []], scored, "HistoryMovie");
    }

    [TestMethod]
    public void Rows_RequestOfTwoTargets_Throws()
    {
        using var transformer = Create(out var configuration);
        var scored = transformer.Transform(PromptView.Of(Prompts, configuration, isRequest: true));

        Assert.AreEqual(
            "A request asks for one target, but its prompt has 2.",
            Assert.ThrowsExactly<InvalidOperationException>(() => Scorers.Read<float>(scored, "Score")).Message);
    }

    private static DticPredictionTransformer Create(out Dtic.MLNet.Model.ModelConfiguration configuration)
    {
        configuration = TestModels.Configuration();
        return Scorers.Create(TestModels.Weights(configuration));
    }

    private static T[][] Slots<T>(int width = 1) => [new T[2 * width], new T[width]];

    private static DataViewSchema.Annotations.Builder Flattened(params int[] dimensions)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(PromptColumns.FlattenedDimensions, new VectorDataViewType(NumberDataViewType.Int32, dimensions.Length), (ref VBuffer<int> value) => value = new(dimensions.Length, [.. dimensions]));
        AddTexts(annotations, "SlotNames", [.. Enumerable.Range(0, dimensions.Aggregate((x, y) => x * y)).Select(i => $"e{i}")]);
        return annotations;
    }

    private static DataViewSchema.Annotations.Builder KeyValues()
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        AddTexts(annotations, "KeyValues", "x", "y", "z");
        return annotations;
    }

    private static void AddTexts(DataViewSchema.Annotations.Builder annotations, string name, params string[] texts) => annotations.Add(
        name, new VectorDataViewType(TextDataViewType.Instance, texts.Length),
        (ref VBuffer<ReadOnlyMemory<char>> value) => value = new(texts.Length, [.. texts.Select(text => text.AsMemory())]));

    private static void AssertVectors<T>(T[][] expected, IDataView view, string column)
    {
        T[][] actual = [.. Scorers.Read<VBuffer<T>>(view, column).Select(vector => vector.DenseValues().ToArray())];
        Assert.HasCount(expected.Length, actual);
        for (int i = 0; i < expected.Length; i++)
        {
            CollectionAssert.AreEqual(expected[i], actual[i], $"row {i}");
        }
    }
}
