using System.Globalization;
using System.Numerics;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class InteractionTypesTests
{
    private static readonly DateTime Start = new(2025, 6, 1, 12, 0, 0, DateTimeKind.Utc);

    // Minutes of five interactions of one user: two at the same moment.
    private static readonly int[] Minutes = [0, 10, 10, 14, 30];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow(0, "0 1 1 3 4")]
    [DataRow(5, "0 1 1 1 4")]
    [DataRow(20, "0 0 0 0 1")]
    public void Transform_AnyTypeOfTime_AppliesTheDelay(int delay, string known)
    {
        var calendar = new PromptPackingEstimator.Options { CategoricalColumnNames = ["MovieId"], OutcomeDelay = TimeSpan.FromMinutes(delay) };
        var numeric = new PromptPackingEstimator.Options { CategoricalColumnNames = ["MovieId"], OutcomeDelayUnits = delay };
        Assert.AreEqual(known, Known(calendar, minute => Start.AddMinutes(minute)));
        Assert.AreEqual(known, Known(calendar, minute => new DateTimeOffset(Start.AddMinutes(minute)).ToOffset(TimeSpan.FromHours(minute % 3))));
        Assert.AreEqual(known, Known(numeric, minute => (long)minute));
        Assert.AreEqual(known, Known(numeric, minute => minute));
        Assert.AreEqual(known, Known(numeric, minute => (ulong)minute));
        Assert.AreEqual(known, Known(numeric, minute => (uint)minute));
        Assert.AreEqual(known, Known(numeric, minute => (short)(minute - 9)));
        Assert.AreEqual(known, Known(numeric, minute => (ushort)minute));
        Assert.AreEqual(known, Known(numeric, minute => (sbyte)(minute - 9)));
        Assert.AreEqual(known, Known(numeric, minute => (byte)minute));
        Assert.AreEqual(known, Known(numeric, minute => minute - 12.0));
    }

    [TestMethod]
    public void Transform_NegativeDoubleTimes_OrderAsNumbers()
    {
        var rows = new[] { 2.5, -0.5, -1e300, 0.0, -0.0 }.Select((time, index) => new { UserId = "u", Timestamp = time, MovieId = index.ToString(CultureInfo.InvariantCulture), Label = true });
        var view = _mlContext.Data.LoadFromEnumerable(rows);
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], MinimumCount = 1 }).Fit(view);
        var prompt = PromptRow.ReadPrompts(packer.Transform(view)).Single();
        Assert.AreEqual(
            "MovieId=2 [SUM] [CLICK] MovieId=1 [SUM] [CLICK] MovieId=3 [SUM] [CLICK] MovieId=4 [SUM] [CLICK] MovieId=0 [SUM]",
            packer.DescribePrompt(prompt.Tokens.ToArray()));
        CollectionAssert.AreEqual(new[] { 0, 1, 2, 2, 4 }, prompt.KnownOutcomes.ToArray());
    }

    [TestMethod]
    public void Transform_AnyTypeOfUser_GroupsAlike()
    {
        int[] users = [3, 1, 3, 2, 1];
        var text = Pack(users.Select((user, index) => new { UserId = $"u{user}", Timestamp = index, MovieId = "m", Label = true }));
        Assert.AreEqual(3, text.Length);
        AssertSame<sbyte>();
        AssertSame<byte>();
        AssertSame<short>();
        AssertSame<ushort>();
        AssertSame<int>();
        AssertSame<uint>();
        AssertSame<long>();
        AssertSame<ulong>();
        CollectionAssert.AreEqual(text, Pack(users.Select((user, index) => new { UserId = (long)user << 40, Timestamp = index, MovieId = "m", Label = true })));
        CollectionAssert.AreEqual(text, Pack(users.Select((user, index) => new { UserId = $"u{user}", Timestamp = index, MovieId = "m", Label = true }), key: "UserId"));

        void AssertSame<T>()
            where T : INumber<T> =>
            CollectionAssert.AreEqual(text, Pack(users.Select((user, index) => new { UserId = T.CreateChecked(user), Timestamp = index, MovieId = "m", Label = true })), typeof(T).Name);
    }

    [TestMethod]
    public void Transform_BooleanLabel_EqualsSingleLabel()
    {
        int[] users = [1, 1, 1];
        CollectionAssert.AreEqual(
            Pack(users.Select((user, index) => new { UserId = user, Timestamp = index, MovieId = "m", Label = index == 1 })),
            Pack(users.Select((user, index) => new { UserId = user, Timestamp = index, MovieId = "m", Label = index == 1 ? 1f : 0f })));
    }

    [TestMethod]
    public void Predict_LabelsOfAnyNumber_AreTheSameOutcomes()
    {
        var view = _mlContext.Data.LoadFromEnumerable(new[] { 1d, 0, double.NaN }.Select((label, i) => new { UserId = "u", Timestamp = (uint)i, MovieId = i > 0, Label = label }));
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], MinimumCount = 1 }).Fit(view);
        Assert.AreEqual("MovieId=False [SUM] [CLICK] MovieId=True [SUM] [NO_CLICK] MovieId=True [SUM]", Describe(view));
        AssertServed<bool>();
        AssertServed<float>();
        AssertServed<double>();
        AssertServed<sbyte>();
        AssertServed<byte>();
        AssertServed<short>();
        AssertServed<ushort>();
        AssertServed<int>();
        AssertServed<uint>();
        AssertServed<long>();
        AssertServed<ulong>();

        void AssertServed<T>() => Assert.AreEqual("MovieId=False [CLICK] MovieId=True [NO_CLICK] MovieId=True [SUM]", Describe(_mlContext.Data.LoadFromEnumerable(
        [
            new { Timestamp = 2u, MovieId = true, HistoryMovieId = new[] { false, true }, HistoryTimestamp = new[] { 0u, 1u }, HistoryLabel = Array.ConvertAll(new[] { 1, 0 }, To<T>) },
        ])));

        string Describe(IDataView rows) => packer.DescribePrompt(PromptRow.ReadPrompts(packer.Transform(rows)).Single().Tokens.ToArray());

        static T To<T>(int label) => (T)Convert.ChangeType(label, typeof(T), CultureInfo.InvariantCulture);
    }

    [TestMethod]
    public void Predict_BooleansMadeKeys_AreTheirValues()
    {
        var view = _mlContext.Data.LoadFromEnumerable(new[] { true, false }.Select((seen, i) => new { UserId = "u", Timestamp = i, Seen = seen, Label = true }));
        var pipeline = _mlContext.Transforms.Conversion.MapValueToKey("Seen").Append(_mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["Seen"], MinimumCount = 1 }));
        var model = pipeline.Fit(view);
        var request = _mlContext.Data.LoadFromEnumerable([new { Seen = true, HistorySeen = new[] { false }, HistoryLabel = new[] { true } }]);
        Assert.AreEqual("Seen=False [CLICK] Seen=True [SUM]", model.LastTransformer.DescribePrompt(PromptRow.ReadPrompts(model.Transform(request)).Single().Tokens.ToArray()));
    }

    [TestMethod]
    public void Fit_KeysAndIntegers_AreSpelledAsTheirValues()
    {
        var rows = new[] { "-5", "12", "12" }.Select((movie, index) => new { UserId = "u", Timestamp = index, MovieId = movie, Label = true });
        string[] text = Pack(rows);
        CollectionAssert.AreEqual(text, Pack(rows, key: "MovieId"));
        CollectionAssert.AreEqual(text, Pack(rows.Select(row => new { row.UserId, row.Timestamp, MovieId = int.Parse(row.MovieId, CultureInfo.InvariantCulture), row.Label })));
        CollectionAssert.AreEqual(text, Pack(rows.Select(row => new { row.UserId, row.Timestamp, MovieId = (sbyte)int.Parse(row.MovieId, CultureInfo.InvariantCulture), row.Label })));
        Assert.AreEqual("MovieId=-5 [SUM] [CLICK] MovieId=12 [SUM] [CLICK] MovieId=12 [SUM]", text.Single());
    }

    [TestMethod]
    public void Transform_VectorColumns_GiveATokenPerValueAndSlot()
    {
        var view = _mlContext.Data.LoadFromEnumerable(
        [
            new VectorInteraction { Tags = ["a", "", "b"], Sizes = [1, float.NaN] },
            new VectorInteraction { Timestamp = 1, Tags = [], Sizes = [1, 2] },
        ]);
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["Tags"], NumericColumnNames = ["Sizes"], MinimumCount = 1 }).Fit(view);
        Assert.AreEqual(
            "Tags=a Tags=b Sizes[0] in (-Infinity, Infinity) Sizes[1]=<missing> [SUM] [CLICK] Tags=<unknown> Sizes[0] in (-Infinity, Infinity) Sizes[1] in (-Infinity, Infinity) [SUM]",
            packer.DescribePrompt(PromptRow.ReadPrompts(packer.Transform(view)).Single().Tokens.ToArray()));
    }

    private string Known<TTime>(PromptPackingEstimator.Options options, Func<int, TTime> time)
    {
        var view = _mlContext.Data.LoadFromEnumerable(Minutes.Select(minute => new { UserId = "u", Timestamp = time(minute), MovieId = "m", Label = true }));
        var prompts = _mlContext.Transforms.PackPrompts(options).Fit(view).Transform(view);
        return string.Join(' ', PromptRow.ReadPrompts(prompts).Single().KnownOutcomes.ToArray());
    }

    private string[] Pack<T>(IEnumerable<T> rows, string? key = null)
        where T : class
    {
        IDataView view = _mlContext.Data.LoadFromEnumerable(rows);
        if (key is not null)
        {
            view = _mlContext.Transforms.Conversion.MapValueToKey(key).Fit(view).Transform(view);
        }

        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], MinimumCount = 1 }).Fit(view);
        return [.. PromptRow.ReadPrompts(packer.Transform(view)).Select(prompt => packer.DescribePrompt(prompt.Tokens.ToArray()))];
    }

    private sealed class VectorInteraction
    {
        public string UserId { get; set; } = "u";

        public int Timestamp { get; set; }

        public bool Label { get; set; } = true;

        public string[] Tags { get; set; } = [];

        [VectorType(2)]
        public float[] Sizes { get; set; } = [];
    }
}
