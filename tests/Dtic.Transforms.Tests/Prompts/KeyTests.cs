using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>Keys of every origin mean in a request what they meant in training.</summary>
[TestClass]
public sealed class KeyTests
{
    private static readonly uint[] Movies = [7, 3, 8, 3, 7, 9, 4];

    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    [DataRow("KeyType")]
    [DataRow("TextLoader")]
    [DataRow("Integers")]
    [DataRow("MapValueToKey")]
    public void Predict_AnyOriginOfKeys_IsServedById(string origin)
    {
        var view = View(origin);
        var packer = Reloaded(_mlContext.Transforms.PackPrompts(Options(["MovieId"], ["Home"])).Fit(view), view.Schema);
        string[] packed = [.. PromptRow.ReadPrompts(packer.Transform(view)).Select(PromptRow.Text)];
        using var byId = _mlContext.Model.CreatePredictionEngine<IdRequest, PackedRequest>(packer);
        using var byKey = _mlContext.Model.CreatePredictionEngine<KeyRequest, PackedRequest>(packer);
        using var byText = _mlContext.Model.CreatePredictionEngine<TextRequest, PackedRequest>(packer);
        Assert.HasCount(Movies.Length, packed);
        for (int row = 0; row < Movies.Length; row++)
        {
            uint[] past = Movies[..row];
            var labels = Enumerable.Range(0, row).Select(i => i % 2 == 0).ToArray();
            Assert.AreEqual(packed[row], PromptRow.Text(byId.Predict(new() { MovieId = Movies[row], HistoryMovieId = past, HistoryLabel = labels, Home = 2 }).Packed));
            Assert.AreEqual(packed[row], PromptRow.Text(byKey.Predict(new() { MovieId = Movies[row], HistoryMovieId = past, HistoryLabel = labels, Home = 2 }).Packed));
            Assert.AreEqual(packed[row], PromptRow.Text(byText.Predict(new() { MovieId = Text(Movies[row]), HistoryMovieId = [.. past.Select(Text)], HistoryLabel = labels, Home = "2" }).Packed));
        }

        Assert.AreEqual("Home=2 MovieId=7 [SUM]", packer.DescribePrompt(PromptRow.ReadPrompts(packer.Transform(view))[0].Tokens.ToArray()));
    }

    [TestMethod]
    public void Fit_HashInPlace_IsRefused()
    {
        var pipeline = _mlContext.Transforms.Conversion.Hash("MovieId", numberOfBits: 10).Append(_mlContext.Transforms.PackPrompts(Options(["MovieId"], [])));
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => pipeline.Fit(View("Integers")));
        StringAssert.StartsWith(error.Message, "Column 'MovieId' was changed by a transform before PackPrompts (in row 0, counted from 0, '7' became '");
    }

    [TestMethod]
    public void Predict_HashUnderAnotherName_TakesTheHashesAsIntegers()
    {
        var model = _mlContext.Transforms.Conversion.Hash("Hashed", "MovieId", numberOfBits: 10).Append(_mlContext.Transforms.PackPrompts(Options(["Hashed"], []))).Fit(View("Integers"));
        using var engine = _mlContext.Model.CreatePredictionEngine<HashRequest, PackedRequest>(model);
        uint[] hashed = [.. model.Transform(View("Integers")).GetColumn<VBuffer<uint>>("Hashed").Select(hash => hash.GetItemOrDefault(0) - 1)];   // a key is one more than its number
        string[] packed = [.. PromptRow.ReadPrompts(model.Transform(View("Integers"))).Select(PromptRow.Text)];
        Assert.AreEqual(packed[2], PromptRow.Text(engine.Predict(new() { MovieId = Movies[2], HistoryHashed = hashed[..2], HistoryLabel = [true, false] }).Packed));
    }

    [TestMethod]
    public void Fit_VectorOfKeysWithoutValues_IsRefusedWithTheCure() => AssertRefused(Options(["Genres"], []));

    [TestMethod]
    public void Fit_UserColumnOfKeysWithoutValues_IsRefusedWithTheCure() => AssertRefused(Options(["MovieId"], ["Genres"]));

    [TestMethod]
    public void Transform_HistoryOfKeysWithoutValues_IsRefusedWithTheCure()
    {
        var packer = _mlContext.Transforms.PackPrompts(Options(["MovieId"], [])).Fit(View("KeyType"));
        var view = _mlContext.Data.LoadFromEnumerable([new KeyHistoryRequest()]);
        Assert.AreEqual(Refusal("HistoryMovieId"), Assert.ThrowsExactly<ArgumentException>(() => packer.Transform(view)).Message);
    }

    [TestMethod]
    public void Transform_UserIsAKeyInUnsortedInput_IsNamedAsItsValue()
    {
        var rows = new uint[] { 5, 6, 5 }.Select((user, i) => new UserRow { UserId = user, Timestamp = i });
        var view = _mlContext.Data.LoadFromEnumerable(rows);
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], InputIsSorted = true }).Fit(view);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => PromptRow.ReadPrompts(packer.Transform(view)));
        StringAssert.StartsWith(error.Message, "The input was declared sorted (InputIsSorted), but user '5' comes back");
    }

    private static PromptPackingEstimator.Options Options(string[] categorical, string[] user) => new()
    {
        CategoricalColumnNames = categorical,
        UserColumnNames = user,
        ContextLength = 3,
        TargetsPerPrompt = 1,
        MinimumCount = 1,
    };

    private static string Text(uint value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Refusal(string column) =>
        $"Column '{column}' is a vector of keys without key values, which mean different things: ML.NET counts those of an array with [KeyType] from 1, and those of a text file from 0. "
        + "Load plain integers or texts (without [KeyType] or KeyCount), or make the keys by MapValueToKey.";

    private void AssertRefused(PromptPackingEstimator.Options options)
    {
        var estimator = _mlContext.Transforms.PackPrompts(options);
        Assert.AreEqual(Refusal("Genres"), Assert.ThrowsExactly<ArgumentException>(() => estimator.Fit(View("KeyType"))).Message);
    }

    private IDataView View(string origin)
    {
        var rows = Movies.Select((movie, i) => (Movie: movie, Time: i, Label: i % 2 == 0)).ToArray();
        switch (origin)
        {
            case "KeyType":
                return _mlContext.Data.LoadFromEnumerable(rows.Select(row => new KeyRow { MovieId = row.Movie, Timestamp = row.Time, Label = row.Label }));
            case "TextLoader":
                var text = new TextLoader.Options
                {
                    Separators = [','],
                    Columns =
                    [
                        new("UserId", DataKind.String, 0), new("Timestamp", DataKind.Int64, 1), new("Label", DataKind.Boolean, 2),
                        new("MovieId", DataKind.UInt32, [new(3)], new KeyCount(20)), new("Home", DataKind.Byte, [new(4)], new KeyCount(9)),
                    ],
                };
                return _mlContext.Data.CreateTextLoader(text).Load(new Lines([.. rows.Select(row => FormattableString.Invariant($"u,{row.Time},{(row.Label ? 1 : 0)},{row.Movie},2"))]));
            default:
                var view = _mlContext.Data.LoadFromEnumerable(rows.Select(row => new IdRow { MovieId = row.Movie, Timestamp = row.Time, Label = row.Label }));
                return origin == "Integers" ? view : _mlContext.Transforms.Conversion.MapValueToKey([new("MovieId"), new("Home")]).Fit(view).Transform(view);
        }
    }

    private PromptPackingTransformer Reloaded(PromptPackingTransformer packer, DataViewSchema schema)
    {
        using var stream = new MemoryStream();
        _mlContext.Model.Save(packer, schema, stream);
        stream.Position = 0;
        return (PromptPackingTransformer)_mlContext.Model.Load(stream, out _);
    }

    /// <summary>A text file in memory.</summary>
    private sealed class Lines(string[] lines) : IMultiStreamSource
    {
        public int Count => 1;

        public string GetPathOrNull(int index) => null!;

        public Stream Open(int index) => new MemoryStream(System.Text.Encoding.UTF8.GetBytes(string.Join('\n', lines)));

        public TextReader OpenTextReader(int index) => new StreamReader(Open(index));
    }

    private sealed class KeyRow
    {
        public string UserId { get; set; } = "u";

        public long Timestamp { get; set; }

        public bool Label { get; set; }

        [KeyType(20)]
        public uint MovieId { get; set; }

        [KeyType(9)]
        public byte Home { get; set; } = 2;

        [KeyType(9)]
        public uint[] Genres { get; set; } = [1];
    }

    private sealed class IdRow
    {
        public string UserId { get; set; } = "u";

        public long Timestamp { get; set; }

        public bool Label { get; set; }

        public uint MovieId { get; set; }

        public int Home { get; set; } = 2;
    }

    private sealed class UserRow
    {
        [KeyType(20)]
        public uint UserId { get; set; }

        public long Timestamp { get; set; }

        public bool Label { get; set; }

        public string MovieId { get; set; } = "m";
    }

    private class HistoryRequest
    {
        public uint[] HistoryMovieId { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    private sealed class IdRequest : HistoryRequest
    {
        public uint MovieId { get; set; }

        public int Home { get; set; }
    }

    private sealed class KeyRequest : HistoryRequest
    {
        [KeyType(20)]
        public uint MovieId { get; set; }

        [KeyType(9)]
        public uint Home { get; set; }
    }

    private sealed class TextRequest
    {
        public string MovieId { get; set; } = "";

        public string Home { get; set; } = "";

        public string[] HistoryMovieId { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    private sealed class HashRequest
    {
        public uint MovieId { get; set; }

        public uint[] HistoryHashed { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }

    private sealed class KeyHistoryRequest
    {
        public uint MovieId { get; set; }

        [KeyType(20)]
        public uint[] HistoryMovieId { get; set; } = [];

        public bool[] HistoryLabel { get; set; } = [];
    }
}
