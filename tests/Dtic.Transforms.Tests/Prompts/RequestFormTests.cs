using Microsoft.ML;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class RequestFormTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow(true, DisplayName = "With times")]
    [DataRow(false, DisplayName = "Order decides")]
    public void Predict_HistoryAndCandidate_EqualsTheLongForm(bool withTimes)
    {
        var random = new Random(1);
        var options = TestInteraction.AllColumns(contextLength: 4, targetsPerPrompt: 1);
        options.OutcomeOrder = withTimes ? OutcomeOrder.StrictTime : OutcomeOrder.RowOrder;
        var packer = _mlContext.Transforms.PackPrompts(options).Fit(TestInteraction.View(_mlContext, TestInteraction.Random(random, 200)));
        using var timed = _mlContext.Model.CreatePredictionEngine<TimedRequest, PackedRequest>(packer);
        using var ordered = _mlContext.Model.CreatePredictionEngine<Request, PackedRequest>(packer);
        for (int round = 0; round < 50; round++)
        {
            TestInteraction[] history = [.. TestInteraction.Random(random, 4 + random.Next(8)).OrderBy(row => row.Timestamp)];
            foreach (var row in history)
            {
                (row.UserId, row.Country, row.IsTarget) = ("u", "de", false);
            }

            history[^1].IsTarget = true;
            var expected = PromptRow.ReadPrompts(packer.Transform(TestInteraction.View(_mlContext, history))).Single();
            var request = new TimedRequest(history[..^1], history[^1]);
            var actual = withTimes ? timed.Predict(request) : ordered.Predict(request);
            Assert.AreEqual(PromptRow.Text(expected), PromptRow.Text(actual.Packed));
        }
    }

    [TestMethod]
    public void Predict_NullHistory_IsThePromptOfTheCandidateAlone()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"], MinimumCount = 1 });
        using var engine = _mlContext.Model.CreatePredictionEngine<SmallRequest, PackedRequest>(packer);
        var packed = engine.Predict(new() { MovieId = "a" });
        Assert.AreEqual("MovieId=a [SUM]", packer.DescribePrompt(packed.Prompt));
        CollectionAssert.AreEqual(new[] { 0 }, packed.KnownOutcomes);
        var unknown = engine.Predict(new() { MovieId = null });
        Assert.AreEqual("MovieId=<unknown> [SUM]", packer.DescribePrompt(unknown.Prompt));
    }

    [TestMethod]
    public void Predict_LongHistory_KeepsTheNewest()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"], MinimumCount = 1, ContextLength = 2 });
        using var engine = _mlContext.Model.CreatePredictionEngine<SmallRequest, PackedRequest>(packer);
        var packed = engine.Predict(new() { MovieId = "a", HistoryMovieId = ["a", "b", "c"], HistoryLabel = [true, false, true] });
        Assert.AreEqual("MovieId=b [NO_CLICK] MovieId=c [CLICK] MovieId=a [SUM]", packer.DescribePrompt(packed.Prompt));
        CollectionAssert.AreEqual(new[] { 0, 1, 2 }, packed.KnownOutcomes);
    }

    [TestMethod]
    public void Predict_LengthsDiffer_NamesBothColumnsAndLengths()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"] });
        using var engine = _mlContext.Model.CreatePredictionEngine<SmallRequest, PackedRequest>(packer);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => engine.Predict(new() { HistoryMovieId = ["a", "b"], HistoryLabel = [true] }));
        Assert.AreEqual(
            "The history's columns differ in length: 'HistoryMovieId' has 2 values, 'HistoryLabel' has 1. Give one value per past interaction in each.", error.Message);
    }

    [TestMethod]
    public void Predict_TimesGoBack_SaysWhere()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"] });
        using var engine = _mlContext.Model.CreatePredictionEngine<SmallTimedRequest, PackedRequest>(packer);
        var request = new SmallTimedRequest { Timestamp = 9, HistoryMovieId = ["a", "b"], HistoryLabel = [true, true], HistoryTimestamp = [5, 4] };
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => engine.Predict(request));
        Assert.AreEqual("The history is not in order of time: 'HistoryTimestamp' goes backwards at index 1. Give past interactions oldest first.", error.Message);
        request.HistoryTimestamp = [5, 10];
        error = Assert.ThrowsExactly<InvalidOperationException>(() => engine.Predict(request));
        Assert.AreEqual("The history is not in order of time: 'Timestamp' is before the last of 'HistoryTimestamp'. Give past interactions oldest first.", error.Message);
    }

    [TestMethod]
    public void Transform_MissingHistoryColumn_NamesFoundAndMissing()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"], TextColumnNames = ["Title"] });
        var view = _mlContext.Data.LoadFromEnumerable([new SmallRequest()]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => packer.Transform(view));
        Assert.AreEqual(
            "The columns are neither interactions nor a request: there is HistoryMovieId, HistoryLabel, but no Title, HistoryTitle. "
            + "A request has MovieId, Title of the candidate and the vectors HistoryMovieId, HistoryTitle, HistoryLabel.",
            error.Message);
    }

    [TestMethod]
    public void Transform_ScalarHistory_NamesWantedAndFound()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"] });
        var view = _mlContext.Data.LoadFromEnumerable([new { MovieId = "a", HistoryMovieId = "b", HistoryLabel = true }]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => packer.Transform(view));
        Assert.AreEqual("Column 'HistoryMovieId' (history) must be a vector with a value for each past interaction, but is text.", error.Message);
    }

    [TestMethod]
    public void Transform_HistoryOfWrongType_NamesTheHistoryAndNotTheCandidate()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"] });
        var view = _mlContext.Data.LoadFromEnumerable([new { MovieId = "a", HistoryMovieId = new[] { 1.5 }, HistoryLabel = new[] { true } }]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => packer.Transform(view));
        Assert.AreEqual(
            "Column 'HistoryMovieId' (categorical) must be text, an integer, Boolean, a key or a vector of these, but is Double. If it measures something, name it among the numeric columns. Ids must be loaded as text or as an integer.",
            error.Message);
    }

    [TestMethod]
    public void Transform_HistoryLabelOfWrongType_NamesWantedAndFound()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"] });
        var view = _mlContext.Data.LoadFromEnumerable([new { MovieId = "a", HistoryMovieId = new[] { "b" }, HistoryLabel = new[] { "yes" } }]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => packer.Transform(view));
        Assert.AreEqual("Column 'HistoryLabel' (label) must be Boolean, or a number of 0, 1 or NaN, but is text.", error.Message);
    }

    [TestMethod]
    public void Transform_HistoryLabelWithOtherNumber_NamesColumnValueAndRow()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"] });
        var view = packer.Transform(_mlContext.Data.LoadFromEnumerable([new { MovieId = "a", HistoryMovieId = new[] { "b" }, HistoryLabel = new[] { 2f } }]));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => PromptRow.ReadPrompts(view));
        Assert.AreEqual("Column 'HistoryLabel' (label) holds 2 in row 0 (counted from 0); a label must be 0, 1 or NaN (missing).", error.Message);
    }

    [TestMethod]
    public void Transform_VectorValuedItemColumn_HasNoRequestForm()
    {
        var view = _mlContext.Data.LoadFromEnumerable([new { UserId = "u", Timestamp = 1, Tags = new[] { "a" }, Label = true }]);
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["Tags"] }).Fit(view);
        var request = _mlContext.Data.LoadFromEnumerable([new { Tags = new[] { "a" }, HistoryTags = new[] { "a" }, HistoryLabel = new[] { true } }]);
        var error = Assert.ThrowsExactly<ArgumentException>(() => packer.Transform(request));
        Assert.AreEqual(
            "Column 'Tags' is a vector in the interactions; it has no request form, because a history of vectors would be one flat vector. Give its values as text with a separator.",
            error.Message);
    }

    [TestMethod]
    public void GetRowToRowMapper_Interactions_SaysWhatARequestHas()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"], TextColumnNames = ["Title"] });
        Assert.IsTrue(packer.IsRowToRowMapper);
        var error = Assert.ThrowsExactly<ArgumentException>(() => packer.GetRowToRowMapper(TestInteraction.View(_mlContext, []).Schema));
        Assert.AreEqual(
            "Interactions are not packed row by row. A prediction engine wants a class of requests, which has the candidate's columns and the vectors HistoryMovieId, HistoryTitle, HistoryLabel; "
            + "Transform scores interactions. (Parameter 'inputSchema')",
            error.Message);
    }

    [TestMethod]
    public void Transform_Requests_KeepsTheirColumnsAndSaysItsForm()
    {
        var packer = Fit(new() { CategoricalColumnNames = ["MovieId"] });
        var view = packer.Transform(_mlContext.Data.LoadFromEnumerable([new SmallRequest { HistoryMovieId = ["b"], HistoryLabel = [true] }]));
        Assert.AreEqual(
            "MovieId HistoryMovieId HistoryLabel Prompt Prompt.InteractionStarts Prompt.KnownOutcomes", string.Join(' ', view.Schema.Select(column => column.Name)));
        ReadOnlyMemory<char> form = default;
        view.Schema["Prompt"].Annotations.GetValue("Form", ref form);
        Assert.AreEqual("Request", form.ToString());
    }

    private PromptPackingTransformer Fit(PromptPackingEstimator.Options options)
    {
        var rows = "abc".Select(movie => new TestInteraction { UserId = "u", MovieId = $"{movie}", Title = "T" });
        return _mlContext.Transforms.PackPrompts(options).Fit(TestInteraction.View(_mlContext, rows));
    }

    private class SmallRequest
    {
        public string? MovieId { get; set; } = "a";

        public string[]? HistoryMovieId { get; set; }

        public bool[]? HistoryLabel { get; set; }
    }

    private sealed class SmallTimedRequest : SmallRequest
    {
        public long Timestamp { get; set; }

        public long[] HistoryTimestamp { get; set; } = [];
    }

    internal class Request
    {
        public Request()
        {
        }

        public Request(TestInteraction[] history, TestInteraction candidate)
        {
            (MovieId, Genres, Title, Price, Country) = (candidate.MovieId, candidate.Genres, candidate.Title, candidate.Price, candidate.Country);
            HistoryMovieId = [.. history.Select(row => row.MovieId)];
            HistoryGenres = [.. history.Select(row => row.Genres)];
            HistoryTitle = [.. history.Select(row => row.Title)];
            HistoryPrice = [.. history.Select(row => row.Price)];
            HistoryLabel = [.. history.Select(row => row.Label)];
        }

        public string MovieId { get; set; } = "";

        public string Genres { get; set; } = "";

        public string Title { get; set; } = "";

        public float Price { get; set; }

        public string Country { get; set; } = "";

        public string[] HistoryMovieId { get; set; } = [];

        public string[] HistoryGenres { get; set; } = [];

        public string[] HistoryTitle { get; set; } = [];

        public float[] HistoryPrice { get; set; } = [];

        public float[] HistoryLabel { get; set; } = [];
    }

    private sealed class TimedRequest : Request
    {
        public TimedRequest()
        {
        }

        public TimedRequest(TestInteraction[] history, TestInteraction candidate)
            : base(history, candidate)
        {
            Timestamp = candidate.Timestamp;
            HistoryTimestamp = [.. history.Select(row => row.Timestamp)];
        }

        public long Timestamp { get; set; }

        public long[] HistoryTimestamp { get; set; } = [];
    }
}
