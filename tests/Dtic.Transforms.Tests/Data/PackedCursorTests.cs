using Dtic.Transforms.Tests.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Data;

[TestClass]
public sealed class PackedCursorTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Transform_BeforeTheFirstRow_ReadsNothing()
    {
        var packer = Fit();
        int read = 0;
        var view = _mlContext.Data.LoadFromEnumerable(Counted());
        var prompts = packer.Transform(view);
        using var cursor = prompts.GetRowCursor(prompts.Schema);
        _ = cursor.GetGetter<VBuffer<int>>(prompts.Schema["Prompt"]);
        Assert.AreEqual(0, read);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(20, read);

        IEnumerable<TestInteraction> Counted()
        {
            foreach (var row in TestInteraction.Random(new Random(1), 20))
            {
                read++;
                yield return row;
            }
        }
    }

    [TestMethod]
    public void MoveNext_DeclaredSorted_ReadsOneUserAndTheFirstRowOfTheNext()
    {
        int read = 0;
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], InputIsSorted = true })
            .Fit(TestInteraction.View(_mlContext, [new()]));
        var prompts = packer.Transform(_mlContext.Data.LoadFromEnumerable(Rows()));
        using var cursor = prompts.GetRowCursor(prompts.Schema);
        for (int user = 1; user <= 4; user++)
        {
            Assert.IsTrue(cursor.MoveNext());
            Assert.AreEqual((10 * user) + 1, read);
        }

        IEnumerable<TestInteraction> Rows()
        {
            for (int row = 0; row < 1000; row++)
            {
                read++;
                yield return new TestInteraction { UserId = FormattableString.Invariant($"u{row / 10}"), Timestamp = row, MovieId = "m" };
            }
        }
    }

    [TestMethod]
    [DataRow("Label", "Genres IsTarget Label MovieId Price Timestamp Title UserId")]
    [DataRow("Prompt", "Country Genres IsTarget Label MovieId Price Timestamp Title UserId")]
    [DataRow("Prompt.KnownOutcomes", "Genres IsTarget MovieId Price Timestamp Title UserId")]
    [DataRow("Prompt.HistoryLength", "Genres IsTarget MovieId Price Timestamp Title UserId")]
    public void GetRowCursor_OneColumn_AsksTheSourceForWhatItNeeds(string column, string needed)
    {
        var source = new AskedView(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 20)));
        var prompts = Fit().Transform(source);
        using var cursor = prompts.GetRowCursor([prompts.Schema[column]]);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(needed, string.Join(' ', source.Asked.Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    [DataRow("Label", "IsTarget Label Timestamp UserId")]
    [DataRow("Prompt.KnownOutcomes", "IsTarget Timestamp UserId")]
    [DataRow("Title", "IsTarget Timestamp Title UserId")]
    public void GetRowCursor_ItemsThatAreAlwaysThere_AreNotAskedFor(string column, string needed)
    {
        var source = new AskedView(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 20)));
        var prompts = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["RowId", "MovieId"] }).Fit(source).Transform(source);
        source.Asked.Clear();
        using var cursor = prompts.GetRowCursor([prompts.Schema[column]]);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(needed, string.Join(' ', source.Asked.Order(StringComparer.Ordinal)));
    }

    [TestMethod]
    public void GetRowCursor_NoColumns_StillCountsRows()
    {
        var view = TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 60));
        var prompts = Fit().Transform(view);
        using var cursor = prompts.GetRowCursor([]);
        int count = 0;
        while (cursor.MoveNext())
        {
            count++;
        }

        Assert.AreEqual(PromptRow.ReadAll(prompts).Count, count);
        Assert.IsNull(prompts.GetRowCount());
        Assert.IsFalse(prompts.CanShuffle);
    }

    [TestMethod]
    public void MoveNext_Always_KeepsPositionsAndIds()
    {
        var prompts = Fit().Transform(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 60)));
        using var cursor = prompts.GetRowCursor(prompts.Schema);
        var id = cursor.GetIdGetter();
        DataViewRowId value = default;
        Assert.AreEqual(-1, cursor.Position);
        Assert.ThrowsExactly<InvalidOperationException>(() => id(ref value));
        for (long position = 0; cursor.MoveNext(); position++)
        {
            id(ref value);
            Assert.AreEqual(position, cursor.Position);
            Assert.AreEqual(new DataViewRowId((ulong)position, 0), value);
        }

        Assert.AreEqual(-1, cursor.Position);
        Assert.IsFalse(cursor.MoveNext());
    }

    [TestMethod]
    public void GetGetter_InactiveOrOfAnotherType_NamesTheColumn()
    {
        var prompts = Fit().Transform(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 20)));
        using var cursor = prompts.GetRowCursor([prompts.Schema["Label"]]);
        Assert.IsTrue(cursor.IsColumnActive(prompts.Schema["Label"]));
        Assert.IsFalse(cursor.IsColumnActive(prompts.Schema["Prompt"]));
        Assert.AreEqual(
            "Column 'Prompt' is not active in this cursor.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<VBuffer<int>>(prompts.Schema["Prompt"])).Message);
        Assert.AreEqual(
            "Column 'Label' holds Microsoft.ML.Data.VBuffer`1[System.Single], not System.Single.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(prompts.Schema["Label"])).Message);
    }

    [TestMethod]
    public void Getter_ValueChangedByTheCaller_LeavesTheCursorAlone()
    {
        var prompts = Fit().Transform(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 20)));
        using var cursor = prompts.GetRowCursor(prompts.Schema);
        var getter = cursor.GetGetter<VBuffer<int>>(prompts.Schema["Prompt"]);
        VBuffer<int> first = default, second = default;
        Assert.IsTrue(cursor.MoveNext());
        getter(ref first);
        int token = first.GetValues()[0];
        VBufferEditor.CreateFromBuffer(ref first).Values[0] = -1;
        getter(ref second);
        Assert.AreEqual(token, second.GetValues()[0]);
    }

    [TestMethod]
    public void Cache_AndFilter_WorkOnPrompts()
    {
        var prompts = Fit().Transform(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(1), 60)));
        var cached = _mlContext.Data.Cache(prompts);
        CollectionAssert.AreEqual(PromptRow.ReadAll(prompts).Select(row => row.Key).ToArray(), PromptRow.ReadAll(cached).Select(row => row.Key).ToArray());
        Assert.HasCount(2, PromptRow.ReadAll(_mlContext.Data.TakeRows(prompts, 2)));
    }

    private PromptPackingTransformer Fit() =>
        _mlContext.Transforms.PackPrompts(TestInteraction.AllColumns(3, 4)).Fit(TestInteraction.View(_mlContext, TestInteraction.Random(new Random(2), 60)));

    /// <summary>Remembers which columns were asked for.</summary>
    private sealed class AskedView(IDataView source) : IDataView
    {
        public List<string> Asked { get; } = [];

        public bool CanShuffle => source.CanShuffle;

        public DataViewSchema Schema => source.Schema;

        public long? GetRowCount() => source.GetRowCount();

        public DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null)
        {
            DataViewSchema.Column[] columns = [.. columnsNeeded];
            Asked.AddRange(columns.Select(column => column.Name));
            return source.GetRowCursor(columns, rand);
        }

        public DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null) => [GetRowCursor(columnsNeeded, rand)];
    }
}
