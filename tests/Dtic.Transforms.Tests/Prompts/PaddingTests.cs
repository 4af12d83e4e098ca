using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>An interaction with nothing in any item column is padding of a request and no context among interactions, so that both give the same prompt.</summary>
[TestClass]
public sealed class PaddingTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow("a b c", DisplayName = "None")]
    [DataRow("- - - a b c", DisplayName = "In front")]
    [DataRow("a b c - - -", DisplayName = "Behind")]
    [DataRow("a - b - - c", DisplayName = "Between")]
    public void Predict_PaddedHistory_IsThePromptWithoutPadding(string history)
    {
        var packer = Fit(contextLength: 2);
        using var engine = _mlContext.Model.CreatePredictionEngine<Request, PackedRequest>(packer);
        string[] movies = [.. history.Split(' ').Select(movie => movie == "-" ? "" : movie)];
        var packed = engine.Predict(new()
        {
            Timestamp = 9,
            HistoryMovieId = movies,
            HistoryPrice = [.. movies.Select(movie => movie == "" ? float.NaN : 1)],
            HistoryLabel = [.. movies.Select(movie => movie switch { "" => -1f, "b" => 1, _ => 0 })],        // what stands in padding is not looked at
            HistoryTimestamp = [.. movies.Select(movie => movie switch { "" => 0, _ => movie[0] - 'a' + 1L })],
        });
        Assert.AreEqual("MovieId=b Price in (-Infinity, Infinity) [CLICK] MovieId=c Price in (-Infinity, Infinity) [NO_CLICK] MovieId=a Price in (-Infinity, Infinity) [SUM]", packer.DescribePrompt(packed.Prompt));
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, packed.KnownOutcomes);
    }

    [TestMethod]
    public void Predict_SomethingInOneColumn_IsNoPadding()
    {
        var packer = Fit(contextLength: 5);
        using var engine = _mlContext.Model.CreatePredictionEngine<UntimedRequest, PackedRequest>(packer);
        var packed = engine.Predict(new() { HistoryMovieId = ["", "a"], HistoryPrice = [1, float.NaN], HistoryLabel = [false, false] });
        Assert.AreEqual(
            "MovieId=<unknown> Price in (-Infinity, Infinity) [NO_CLICK] MovieId=a Price=<missing> [NO_CLICK] MovieId=a Price in (-Infinity, Infinity) [SUM]", packer.DescribePrompt(packed.Prompt));
    }

    [TestMethod]
    public void Predict_NothingButPadding_IsThePromptOfTheCandidateAlone()
    {
        var packer = Fit(contextLength: 5);
        using var engine = _mlContext.Model.CreatePredictionEngine<UntimedRequest, PackedRequest>(packer);
        var packed = engine.Predict(new() { HistoryMovieId = ["", ""], HistoryPrice = [float.NaN, float.NaN], HistoryLabel = [false, true] });
        Assert.AreEqual("MovieId=a Price in (-Infinity, Infinity) [SUM]", packer.DescribePrompt(packed.Prompt));
    }

    [TestMethod]
    public void Describe_PaddedHistory_KeepsTheIndicesOfTheRequest()
    {
        var view = _mlContext.Data.LoadFromEnumerable(
        [
            new UntimedRequest { HistoryMovieId = ["", "b", "", "c"], HistoryPrice = [float.NaN, 1, float.NaN, float.NaN], HistoryLabel = new bool[4] },
        ]);
        var form = Fit(contextLength: 5).FindRequest(view.Schema);
        using var cursor = view.GetRowCursor(form.Dependencies);
        var history = form.CreateHistory(cursor);
        Assert.IsTrue(cursor.MoveNext());
        history.Load();
        Assert.AreEqual((2, 1, 3), (history.Count, history.Index(0), history.Index(1)));
        Assert.AreEqual("b, 1 | c, NaN", string.Join(" | ", Enumerable.Range(0, 2).Select(i => string.Join(", ", history.Describe(i).Select(value => value.Value)))));
    }

    [TestMethod]
    public void Transform_SparseHistory_SkipsWhatIsNotThere()
    {
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], MinimumCount = 1 }).Fit(View(["a", "b"]));
        var view = _mlContext.Data.LoadFromEnumerable(
        [
            new SparseRequest
            {
                HistoryMovieId = new(4, 2, ["b".AsMemory(), "a".AsMemory()], [1, 3]),
                HistoryLabel = new(4, 1, [1], [3]),
            },
        ]);
        Assert.AreEqual(
            "MovieId=b [NO_CLICK] MovieId=a [CLICK] MovieId=a [SUM]", packer.DescribePrompt(PromptRow.ReadPrompts(packer.Transform(view)).Single().Tokens.ToArray()));
    }

    [TestMethod]
    public void Predict_IntegerIds_AreNeverPadding()
    {
        var view = _mlContext.Data.LoadFromEnumerable(new[] { 0, 5 }.Select((movie, i) => new { UserId = "u", Timestamp = i, MovieId = movie, Label = true }));
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], MinimumCount = 1 }).Fit(view);
        var request = _mlContext.Data.LoadFromEnumerable([new { MovieId = 5, HistoryMovieId = new[] { 0 }, HistoryLabel = new[] { false } }]);
        Assert.AreEqual("MovieId=0 [NO_CLICK] MovieId=5 [SUM]", packer.DescribePrompt(PromptRow.ReadPrompts(packer.Transform(request)).Single().Tokens.ToArray()));
    }

    [TestMethod]
    [DataRow(1)]
    [DataRow(4)]
    [DataRow(0)]
    public void Transform_BlankInteractions_ArePackedAsTheyAreServed(int targetsPerPrompt)
    {
        var random = new Random(3);
        var rows = TestInteraction.Random(random, 150);
        foreach (var row in rows.Where(_ => random.Next(4) == 0))
        {
            (row.MovieId, row.Genres, row.Title, row.Price) = ("", " | ", "", float.NaN);
        }

        const int ContextLength = 3;
        var options = TestInteraction.AllColumns(ContextLength, targetsPerPrompt);
        options.OutcomeOrder = OutcomeOrder.RowOrder;
        var view = TestInteraction.View(_mlContext, rows);
        var packer = _mlContext.Transforms.PackPrompts(options).Fit(view);
        var prompts = packer.Transform(view);
        var found = PromptRow.ReadAll(prompts);
        int[][] lengths = [.. prompts.GetColumn<int[]>("Prompt.HistoryLength")];
        using var engine = _mlContext.Model.CreatePredictionEngine<RequestFormTests.Request, PackedRequest>(packer);
        for (int prompt = 0; prompt < found.Count; prompt++)
        {
            for (int target = 0; target < found[prompt].RowIds.Length; target++)
            {
                var row = rows[found[prompt].RowIds[target]];
                TestInteraction[] history = [.. rows.Where(past => past.UserId == row.UserId && (past.Timestamp, past.RowId).CompareTo((row.Timestamp, row.RowId)) < 0).OrderBy(past => (past.Timestamp, past.RowId))];
                var served = engine.Predict(new(history, row) { Country = rows.Where(other => other.UserId == row.UserId).MinBy(other => other.Timestamp)!.Country });
                Assert.AreEqual(PromptRow.Text(served.Packed), PromptRow.Text(found[prompt].Prompt.Slice(target, 1, ContextLength)));
                Assert.AreEqual(history.Count(past => past.MovieId != ""), lengths[prompt][target]);
            }
        }

        CollectionAssert.AreEquivalent(rows.Where(row => row.IsTarget).Select(row => row.RowId).ToArray(), found.SelectMany(row => row.RowIds).ToArray());
        var measured = packer.Measure(view);
        Assert.AreEqual((found.Count, found.Sum(row => (long)row.Prompt.Tokens.Length)), (measured.Prompts, measured.Tokens));
        Assert.AreEqual(found.Sum(row => Enumerable.Range(0, row.RowIds.Length).Sum(target => (long)row.Prompt.Slice(target, 1, ContextLength).Tokens.Length)), measured.SlidingWindowTokens);
    }

    private PromptPackingTransformer Fit(int contextLength) => _mlContext.Transforms.PackPrompts(new()
    {
        CategoricalColumnNames = ["MovieId"],
        NumericColumnNames = ["Price"],
        ContextLength = contextLength,
        MinimumCount = 1,
    }).Fit(View(["a", "b", "c"]));

    private IDataView View(string[] movies) => TestInteraction.View(_mlContext, movies.Select(movie => new TestInteraction { UserId = "u", MovieId = movie }));

    private sealed class UntimedRequest
    {
        public string MovieId { get; set; } = "a";

        public float Price { get; set; }

        public string[] HistoryMovieId { get; set; } = [];

        public float[] HistoryPrice { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    private sealed class Request
    {
        public string MovieId { get; set; } = "a";

        public float Price { get; set; }

        public long Timestamp { get; set; }

        public string[] HistoryMovieId { get; set; } = [];

        public float[] HistoryPrice { get; set; } = [];

        public float[] HistoryLabel { get; set; } = [];

        public long[] HistoryTimestamp { get; set; } = [];
    }

    private sealed class SparseRequest
    {
        public string MovieId { get; set; } = "a";

        [VectorType(4)]
        public VBuffer<ReadOnlyMemory<char>> HistoryMovieId { get; set; }

        [VectorType(4)]
        public VBuffer<float> HistoryLabel { get; set; }
    }
}
