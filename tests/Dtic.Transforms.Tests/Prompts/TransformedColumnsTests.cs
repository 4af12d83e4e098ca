using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>What may stand before PackPrompts: a transform that makes requests differ from evaluations is refused, others are not.</summary>
[TestClass]
public sealed class TransformedColumnsTests
{
    private static readonly Row[] Rows = [.. Enumerable.Range(0, 12).Select(i => new Row
    {
        UserId = i % 2 == 0 ? "Ann" : "Bob",
        Timestamp = i,
        Genre = i % 3 == 0 ? "Drama" : "Sci-Fi",
        MovieId = 7 + (i % 4),
        Price = 10 + (50 * (i % 5)),
        Rating = i % 6,
        Label = i % 3 == 0,
    })];

    private readonly MLContext _mlContext = new(seed: 1);

    public static IEnumerable<object[]> Changing =>
    [
        ["NormalizeMinMax", "Price", "in row 0, counted from 0, 10 became 0.0476190485060215", "Leave the transform out (PackPrompts puts numbers into quantile bins, which need no normalization), ", (MLContext c) => c.Transforms.NormalizeMinMax("Price")],
        ["NormalizeText", "Genre", "in row 0, counted from 0, 'Drama' became 'drama'", "Leave the transform out, ", (MLContext c) => c.Transforms.Text.NormalizeText("Genre")],
        ["MapValue", "MovieId", "in row 1, counted from 0, '8' became '3'", "Leave the transform out, ", (MLContext c) => c.Transforms.Conversion.MapValue("MovieId", new Dictionary<int, int> { [7] = 7, [8] = 3, [9] = 9, [10] = 1 })],
        ["Twice", "Genre", "in row 0, counted from 0, 'Drama' became 'drama'", "Leave the transform out, ", (MLContext c) => c.Transforms.Text.NormalizeText("Genre").Append(c.Transforms.Conversion.MapValueToKey("Genre"))],
        ["CopyColumns", "Price", "in row 0, counted from 0, 10 became 0", "Leave the transform out (PackPrompts puts numbers into quantile bins, which need no normalization), ", (MLContext c) => c.Transforms.CopyColumns("Price", "Rating")],
        ["Time", "Timestamp", "in row 0, counted from 0, 0 became 100", "Leave the transform out, ", (MLContext c) => c.Transforms.CustomMapping<Row, Time>((row, time) => time.Timestamp = row.Timestamp + 100, null)],
        ["Label", "Label", "in row 0, counted from 0, a click became no click", "Leave the transform out, ", (MLContext c) => c.Transforms.CustomMapping<Row, Clicked>((row, label) => label.Label = !row.Label, null)],
    ];

    public static IEnumerable<object[]> Keeping =>
    [
        ["Nothing", (MLContext c) => new EstimatorChain<ITransformer>()],
        ["MapValueToKey of text", (MLContext c) => c.Transforms.Conversion.MapValueToKey("Genre")],
        ["MapValueToKey of integers", (MLContext c) => c.Transforms.Conversion.MapValueToKey("MovieId", addKeyValueAnnotationsAsText: true)],
        ["Integers to text", (MLContext c) => c.Transforms.Conversion.ConvertType("MovieId", outputKind: DataKind.String)],
        ["Single to Double", (MLContext c) => c.Transforms.Conversion.ConvertType("Price", outputKind: DataKind.Double)],
        ["A label of another type", (MLContext c) => c.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Single)],
        ["The user", (MLContext c) => c.Transforms.Text.NormalizeText("UserId")],
        ["DropColumns", (MLContext c) => c.Transforms.DropColumns("Rating")],
        ["CopyColumns", (MLContext c) => c.Transforms.CopyColumns("Shown", "MovieId")],
        ["A mapping that copies all", (MLContext c) => c.Transforms.CustomMapping<Row, Row>((row, copy) => row.CopyTo(copy), null)],
    ];

    [TestMethod]
    [DynamicData(nameof(Changing))]
    public void Fit_ValuesChanged_IsRefusedWithTheCure(string name, string column, string change, string advice, Func<MLContext, IEstimator<ITransformer>> transform)
    {
        var pipeline = transform(_mlContext).Append(_mlContext.Transforms.PackPrompts(Options()));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Fit(View()), name);
        Assert.AreEqual(
            $"Column '{column}' was changed by a transform before PackPrompts ({change}). Where that is a part of the pipeline, the '{column}' of a request passes through it and its 'History{column}' does not, "
            + $"so that a request gets another score than the same row in an evaluation. {advice}or change the values where rows and requests are made, before ML.NET reads them. "
            + "Set AllowTransformedColumns to score interactions only, or requests whose values were transformed in the same way.",
            error.Message);
    }

    [TestMethod]
    [DynamicData(nameof(Keeping))]
    public void Fit_ValuesKept_ServesWhatItPacks(string name, Func<MLContext, IEstimator<ITransformer>> transform) => Assert.AreEqual(0, Differences(Options(), transform), name);

    [TestMethod]
    public void Fit_Allowed_ServesOtherPromptsThanItPacks()
    {
        var options = Options();
        options.AllowTransformedColumns = true;
        Assert.AreNotEqual(0, Differences(options, context => context.Transforms.NormalizeMinMax("Price")), "Then there would be nothing to refuse.");
    }

    [TestMethod]
    public void Transform_IdThatIsNewBehindMapValueToKey_IsAnUnknownItemAsInARequest()
    {
        var options = new PromptPackingEstimator.Options { CategoricalColumnNames = ["MovieId"], ContextLength = 3, TargetsPerPrompt = 1, MinimumCount = 1 };
        var model = _mlContext.Transforms.Conversion.MapValueToKey("MovieId").Append(_mlContext.Transforms.PackPrompts(options)).Fit(Shown("a", "b"));

        var packed = PromptRow.ReadPrompts(model.Transform(Shown("a", "new", "", "b")));

        using var engine = _mlContext.Model.CreatePredictionEngine<ShownRequest, PackedRequest>(model);
        var served = engine.Predict(new() { MovieId = "b", HistoryMovieId = ["a", "new", ""], HistoryLabel = [true, true, true] });
        Assert.AreEqual("MovieId=a [CLICK] MovieId=<unknown> [CLICK] MovieId=b [SUM]", model.LastTransformer.DescribePrompt(served.Prompt));
        Assert.IsTrue(packed.Exists(prompt => PromptRow.Text(prompt) == PromptRow.Text(served.Packed)));
    }

    [TestMethod]
    public void Fit_MissingTimesReplacedInPlace_IsRefusedAsAChange()
    {
        var view = _mlContext.Data.LoadFromEnumerable(new[] { 1, double.NaN }.Select(time => new { UserId = "u", Timestamp = time, MovieId = "m", Label = true }));
        var pipeline = _mlContext.Transforms.ReplaceMissingValues("Timestamp").Append(_mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Fit(view));
        StringAssert.StartsWith(error.Message, "Column 'Timestamp' was changed by a transform before PackPrompts (in row 1, counted from 0, a missing time became 0). ");
    }

    [TestMethod]
    public void Fit_RatingMadeALabelInPlace_IsAccepted()
    {
        var options = Options();
        options.LabelColumnName = "Rating";
        var pipeline = _mlContext.Transforms.CustomMapping<Row, Rated>((row, label) => label.Rating = row.Rating > 3, null).Append(_mlContext.Transforms.PackPrompts(options));
        _ = pipeline.Fit(View());
    }

    [TestMethod]
    public void Fit_MissingLabelsMadeBoolean_IsRefused()
    {
        var view = _mlContext.Data.LoadFromEnumerable(new[] { 0, float.NaN, 1 }.Select((label, i) => new { UserId = "u", Timestamp = i, MovieId = "m", Label = label }));
        var pipeline = _mlContext.Transforms.Conversion.ConvertType("Label", outputKind: DataKind.Boolean).Append(_mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Fit(view));
        StringAssert.StartsWith(error.Message, "Column 'Label' was changed by a transform before PackPrompts (in row 1, counted from 0, a missing label became a click). ");
    }

    [TestMethod]
    public void Fit_SplitOfASplit_IsAccepted()
    {
        var once = _mlContext.Data.TrainTestSplitByTime(View(), "Timestamp", "UserId", 0.2, 3);
        var twice = _mlContext.Data.TrainTestSplitByTime(once.TrainSet, "Timestamp", "UserId", 0.2, 3);
        _ = _mlContext.Transforms.PackPrompts(Options()).Fit(_mlContext.Data.Cache(twice.TrainSet));
    }

    [TestMethod]
    public void Fit_VectorsAndUserColumnsChanged_AreAccepted()
    {
        var options = Options();
        (options.NumericColumnNames, options.UserColumnNames) = (["Sizes"], ["Rating"]);
        var pipeline = _mlContext.Transforms.NormalizeMinMax("Sizes").Append(_mlContext.Transforms.NormalizeMinMax("Rating")).Append(_mlContext.Transforms.PackPrompts(options));
        _ = pipeline.Fit(View());
    }

    private static PromptPackingEstimator.Options Options() => new()
    {
        CategoricalColumnNames = ["Genre", "MovieId"],
        NumericColumnNames = ["Price"],
        ContextLength = 3,
        TargetsPerPrompt = 1,
        MinimumCount = 1,
    };

    private IDataView View() => _mlContext.Data.LoadFromEnumerable(Rows);

    private IDataView Shown(params string[] movies) => _mlContext.Data.LoadFromEnumerable(movies.Select((movie, i) => new { UserId = "u", Timestamp = i, MovieId = movie, Label = true }));

    /// <summary>How many rows give another prompt when they are asked for as requests.</summary>
    private int Differences(PromptPackingEstimator.Options options, Func<MLContext, IEstimator<ITransformer>> transform)
    {
        var model = transform(_mlContext).Append(_mlContext.Transforms.PackPrompts(options)).Fit(View());
        var packed = PromptRow.ReadPrompts(model.Transform(View()));
        using var engine = _mlContext.Model.CreatePredictionEngine<Request, PackedRequest>(model);
        Row[] inOrder = [.. Rows.OrderBy(row => row.UserId, StringComparer.Ordinal)];
        Assert.HasCount(inOrder.Length, packed);
        return inOrder.Zip(packed).Count(pair =>
        {
            Row[] history = [.. inOrder.Where(row => row.UserId == pair.First.UserId && row.Timestamp < pair.First.Timestamp)];
            var request = new Request { HistoryGenre = Of(row => row.Genre), HistoryMovieId = Of(row => row.MovieId), HistoryPrice = Of(row => row.Price), HistoryLabel = Of(row => row.Label) };
            pair.First.CopyTo(request);
            return PromptRow.Text(pair.Second) != PromptRow.Text(engine.Predict(request).Packed);

            T[] Of<T>(Func<Row, T> value) => [.. history.Select(value)];
        });
    }

    private sealed class ShownRequest
    {
        public string MovieId { get; set; } = "";

        public string[] HistoryMovieId { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    private class Row
    {
        public string UserId { get; set; } = "";

        public long Timestamp { get; set; }

        public string Genre { get; set; } = "";

        public int MovieId { get; set; }

        public float Price { get; set; }

        public float Rating { get; set; }

        [VectorType(2)]
        public float[] Sizes { get; set; } = [3, 4];

        public bool Label { get; set; }

        public void CopyTo(Row copy) =>
            (copy.UserId, copy.Timestamp, copy.Genre, copy.MovieId, copy.Price, copy.Rating, copy.Label) = (UserId, Timestamp, Genre, MovieId, Price, Rating, Label);
    }

    private sealed class Request : Row
    {
        public string[] HistoryGenre { get; set; } = [];

        public int[] HistoryMovieId { get; set; } = [];

        public float[] HistoryPrice { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    private sealed class Time
    {
        public long Timestamp { get; set; }
    }

    private sealed class Clicked
    {
        public bool Label { get; set; }
    }

    private sealed class Rated
    {
        public bool Rating { get; set; }
    }
}
