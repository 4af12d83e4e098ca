using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class PackingErrorTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Options_NamesThatNoFileHolds_AreRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.PackPrompts(new()
        {
            TimeColumnName = new string('t', 1025),
            TextColumnNames = [.. Enumerable.Range(0, 1000).Select(i => $"{i}{new string('c', 60)}")],
        }));

        Assert.StartsWith(
            "The options of PackPrompts are wrong: TimeColumnName has a name of 1,025 characters ('tttttttttttttttttttt...'), 1,024 are the most. "
            + "1,000 columns with names of 62,890 characters together are too many.",
            error.Message);
    }

    [TestMethod]
    public void Options_MostNamesThatAFileHolds_CanBeSavedAndLoaded()
    {
        string[] names = [.. Enumerable.Range(0, 130).Select(i => $"{i:000}{new string('\u4e2d', 1021)}")];
        var view = _mlContext.Data.LoadFromEnumerable(Enumerable.Range(0, 4).Select(i => new TestInteraction { UserId = "u", Timestamp = i, Genres = "a" }));
        var pipeline = names.Aggregate(new EstimatorChain<ITransformer>(), (chain, name) => chain.Append<ITransformer>(_mlContext.Transforms.CopyColumns(name, "Genres")));
        var packer = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = names }).Fit(pipeline.Fit(view).Transform(view));
        using var zip = new MemoryStream();

        _mlContext.Model.Save(packer, null, zip);

        zip.Position = 0;
        Assert.AreEqual(packer.VocabularyHash, ((PromptPackingTransformer)_mlContext.Model.Load(zip, out _)).VocabularyHash);
    }

    [TestMethod]
    public void Options_ManyBrokenRules_AreNamedAtOnce()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.PackPrompts(new()
        {
            UserColumnName = "",
            LabelColumnName = "",
            CategoricalColumnNames = ["A", "A", ""],
            UserColumnNames = ["B", "B"],
            Separators = { ["C"] = '|' },
            ContextLength = -1,
            TargetsPerPrompt = -2,
            TextVocabularySize = 255,
            MinimumCount = 0,
            MaximumCategories = 0,
            NumberOfBins = 0,
            MaximumTokensPerInteraction = 0,
            OutcomeDelay = TimeSpan.FromMinutes(-5),
            OutcomeDelayUnits = double.NaN,
            OutcomeOrder = OutcomeOrder.RowOrder,
        }));
        Assert.AreEqual(
            "The options of PackPrompts are wrong: UserColumnName must be a name. LabelColumnName must be a name or null. CategoricalColumnNames must hold names. "
            + "UserColumnNames names 'B' more than once. Separators names 'C', which is not a categorical column. ContextLength (-1) must be 0 or more. "
            + "TargetsPerPrompt (-2) must be 0 or more. TextVocabularySize (255) must be 256 or more. MinimumCount (0) must be 1 or more. "
            + "MaximumCategories (0) must be 1 or more. NumberOfBins (0) must be 1 or more. MaximumTokensPerInteraction (0) must be 1 or more. "
            + "OutcomeDelay (-00:05:00) must not be negative. OutcomeDelayUnits (NaN) must be a finite number, 0 or more. "
            + "A delay has no meaning with OutcomeOrder.RowOrder: leave OutcomeDelay and OutcomeDelayUnits at 0, or take OutcomeOrder.StrictTime. (Parameter 'options')",
            error.Message);
    }

    [TestMethod]
    public void Options_NoItemColumn_IsRefused()
    {
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.PackPrompts("Prompt", "UserId", "Timestamp"));
        Assert.AreEqual(
            "The options of PackPrompts are wrong: An interaction needs at least one column: name one in CategoricalColumnNames, NumericColumnNames or TextColumnNames. (Parameter 'options')",
            error.Message);
    }

    [TestMethod]
    public void Options_ChangedAfterwards_DoNotChangeTheEstimator()
    {
        var options = new PromptPackingEstimator.Options { CategoricalColumnNames = ["MovieId"] };
        var estimator = _mlContext.Transforms.PackPrompts(options);
        options.ContextLength = 7;
        options.Separators["MovieId"] = '|';
        var packer = estimator.Fit(TestInteraction.View(_mlContext, [new() { MovieId = "a|b" }, new() { MovieId = "a|b" }]));
        Assert.AreEqual(20, packer.ContextLength);
        Assert.AreEqual("MovieId=a|b", packer.DescribePrompt([5]));
    }

    [TestMethod]
    [DataRow("UserId", "There is no column 'X' (user). The columns are: RowId, UserId, Timestamp, MovieId, Genres, Title, Price, Country, Label, IsTarget.")]
    [DataRow("Timestamp", "There is no column 'X' (time). The columns are: RowId, UserId, Timestamp, MovieId, Genres, Title, Price, Country, Label, IsTarget.")]
    [DataRow("Label", "There is no column 'X' (label). The columns are: RowId, UserId, Timestamp, MovieId, Genres, Title, Price, Country, Label, IsTarget.")]
    [DataRow("MovieId", "There is no column 'X' (categorical). The columns are: RowId, UserId, Timestamp, MovieId, Genres, Title, Price, Country, Label, IsTarget.")]
    public void Fit_MissingColumn_NamesItAndTheColumns(string role, string message)
    {
        var options = new PromptPackingEstimator.Options
        {
            UserColumnName = role == "UserId" ? "X" : "UserId",
            TimeColumnName = role == "Timestamp" ? "X" : "Timestamp",
            LabelColumnName = role == "Label" ? "X" : "Label",
            CategoricalColumnNames = [role == "MovieId" ? "X" : "MovieId"],
        };
        AssertRefused(message, options, [new()]);
    }

    [TestMethod]
    [DataRow("UserId", "Column 'Price' (user) must be text, an integer or a key, but is Single. Ids must be loaded as text or as an integer: Single tells integers apart up to 16,777,216 only, so that a conversion comes too late.")]
    [DataRow("Timestamp", "Column 'Price' (time) must be DateTime, DateTimeOffset, an integer or Double, but is Single. Single cannot hold Unix seconds exactly: load the column as Int64 or Double.")]
    [DataRow("Label", "Column 'Title' (label) must be Boolean, or Single or Double with 0, 1 or NaN, but is text. Load it as Boolean, or as Single where some are missing, or map its values by Conversion.MapValue: ConvertType makes false of all texts that it does not know.")]
    [DataRow("LabelOfIntegers", "Column 'RowId' (label) must be Boolean, or Single or Double with 0, 1 or NaN, but is Int32. Convert it to Boolean by Conversion.ConvertType, which makes 0 false and all else true.")]
    [DataRow("IsTarget", "Column 'Title' (target flag) must be Boolean, but is text.")]
    [DataRow("Categorical", "Column 'Price' (categorical) must be text, an integer, Boolean, a key or a vector of these, but is Single. If it measures something, name it among the numeric columns. Ids must be loaded as text or as an integer: Single tells integers apart up to 16,777,216 only, so that a conversion comes too late.")]
    [DataRow("Text", "Column 'Price' (text) must be text or a vector of text, but is Single.")]
    [DataRow("NumericOfBooleans", "Column 'IsTarget' (numeric) must be a number or a vector of numbers of fixed size, but is Boolean. Name it among the categorical columns.")]
    [DataRow("Numeric", "Column 'Title' (numeric) must be a number or a vector of numbers of fixed size, but is text.")]
    [DataRow("Separator", "Column 'RowId' (categorical) must be text, because a separator is given for it, but is Int32.")]
    public void Fit_WrongType_NamesWantedAndFound(string role, string message)
    {
        var options = new PromptPackingEstimator.Options
        {
            UserColumnName = role == "UserId" ? "Price" : "UserId",
            TimeColumnName = role == "Timestamp" ? "Price" : "Timestamp",
            LabelColumnName = role == "Label" ? "Title" : role == "LabelOfIntegers" ? "RowId" : "Label",
            TargetColumnName = role == "IsTarget" ? "Title" : "IsTarget",
            CategoricalColumnNames = [role == "Categorical" ? "Price" : role == "Separator" ? "RowId" : "MovieId"],
            TextColumnNames = role == "Text" ? ["Price"] : [],
            NumericColumnNames = role == "Numeric" ? ["Title"] : role == "NumericOfBooleans" ? ["IsTarget"] : [],
        };
        if (role == "Separator")
        {
            options.Separators["RowId"] = '|';
        }

        AssertRefused(message, options, [new()]);
    }

    [TestMethod]
    public void Fit_LabelOfKeys_SaysHowToConvert()
    {
        IDataView view = TestInteraction.View(_mlContext, [new() { Label = 1 }, new() { Label = 0 }]);
        view = _mlContext.Transforms.Conversion.MapValueToKey("Label").Fit(view).Transform(view);
        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }).Fit(view));
        Assert.AreEqual(
            "Column 'Label' (label) must be Boolean, or Single or Double with 0, 1 or NaN, but is key (UInt32). Load it as Boolean, or convert it by Conversion.MapKeyToValue and Conversion.ConvertType: "
            + "which of two keys stands for a click depends on how they were made.",
            error.Message);
    }

    [TestMethod]
    public void Fit_UnsignedTimeBeyondInt64_NamesColumnValueAndRow()
    {
        var view = _mlContext.Data.LoadFromEnumerable(new[] { 1ul, ulong.MaxValue }.Select(time => new { UserId = "u", Timestamp = time, MovieId = "m", Label = true }));
        var prompts = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }).Fit(view).Transform(view);
        Assert.AreEqual(
            "Column 'Timestamp' (time) holds 18446744073709551615 in row 1 (counted from 0); a time must be 9223372036854775807 at most.",
            Assert.ThrowsExactly<InvalidOperationException>(() => PromptRow.ReadPrompts(prompts)).Message);
    }

    [TestMethod]
    [DataRow("HistoryMovieId, HistoryLabel", true)]
    [DataRow("HistoryMovieId", false)]
    public void Fit_RowsWithTheirOwnHistory_AreRefusedWithTheReason(string found, bool withLabels)
    {
        IDataView view = _mlContext.Data.LoadFromEnumerable([new { UserId = "u", Timestamp = 1, MovieId = "m", Label = true, HistoryMovieId = new[] { "a" }, HistoryLabel = new[] { true } }]);
        if (!withLabels)
        {
            view = _mlContext.Transforms.DropColumns("HistoryLabel").Fit(view).Transform(view);
        }

        var error = Assert.ThrowsExactly<ArgumentException>(() => _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }).Fit(view));
        Assert.AreEqual(
            $"The rows bring their own history ({found}), from which PackPrompts cannot learn. Fit wants interactions, one row for each thing that was shown, and makes the history of each row of the "
            + "same user's earlier rows: give past interactions as rows of their own. Rows with a history are requests, which a fitted model scores. "
            + "If the columns are something else, rename them, or choose another HistoryPrefix.",
            error.Message);
    }

    [TestMethod]
    public void Fit_DelayOfTheWrongUnit_SaysWhichOptionToUse()
    {
        AssertRefused(
            "OutcomeDelay (00:05:00) is for DateTime and DateTimeOffset, but column 'Timestamp' is Int64: give OutcomeDelayUnits.",
            new() { CategoricalColumnNames = ["MovieId"], OutcomeDelay = TimeSpan.FromMinutes(5) },
            [new()]);
        var dated = _mlContext.Data.LoadFromEnumerable([new { UserId = "u", Timestamp = new DateTime(2025, 1, 1), MovieId = "m", Label = true }]);
        var estimator = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], OutcomeDelayUnits = 1.5 });
        var error = Assert.ThrowsExactly<ArgumentException>(() => estimator.Fit(dated));
        Assert.AreEqual("OutcomeDelayUnits (1.5) is for numeric times, but column 'Timestamp' is DateTime: give OutcomeDelay.", error.Message);
    }

    [TestMethod]
    public void Fit_NoRows_IsRefused()
    {
        var error = Assert.ThrowsExactly<InvalidOperationException>(
            () => _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }).Fit(TestInteraction.View(_mlContext, [])));
        Assert.AreEqual("There are no interactions to learn a vocabulary from: the input has no rows.", error.Message);
    }

    [TestMethod]
    [DataRow(true, DisplayName = "Only the label is asked for")]
    [DataRow(false, DisplayName = "Prompts are asked for")]
    public void Transform_LabelWithOtherNumber_NamesColumnValueAndRow(bool onlyLabel)
    {
        var view = TestInteraction.View(_mlContext, [new() { Label = 1 }, new() { Label = 3.5f }]);
        var prompts = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }).Fit(view).Transform(view);
        using var cursor = prompts.GetRowCursor([prompts.Schema[onlyLabel ? "Label" : "Prompt"]]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => cursor.MoveNext());
        Assert.AreEqual("Column 'Label' (label) holds 3.5 in row 1 (counted from 0); a label must be 0, 1 or NaN (missing).", error.Message);
    }

    [TestMethod]
    public void Transform_TimeNotFinite_NamesColumnValueAndRow()
    {
        var view = _mlContext.Data.LoadFromEnumerable(new[] { 1, double.NaN }.Select(time => new { UserId = "u", Timestamp = time, MovieId = "m", Label = true }));
        var prompts = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"] }).Fit(view).Transform(view);
        using var cursor = prompts.GetRowCursor([prompts.Schema["Prompt"]]);
        var error = Assert.ThrowsExactly<InvalidOperationException>(() => cursor.MoveNext());
        Assert.AreEqual(
            "Column 'Timestamp' (time) holds NaN in row 1 (counted from 0); a time must be a finite number. Filter such rows out, for instance by FilterRowsByMissingValues.",
            error.Message);
    }

    [TestMethod]
    public void Transform_UserComesBackInSortedInput_NamesTheUser()
    {
        AssertNotSorted(
            "The input was declared sorted (InputIsSorted), but user 'ann' comes back after other users in row 3 (counted from 0). Sort it by user and time, or leave InputIsSorted at false.",
            [("ann", 1), ("bob", 2), ("cid", 2), ("ann", 3)]);
    }

    [TestMethod]
    public void Transform_TimeGoesBackInSortedInput_NamesTheUser()
    {
        AssertNotSorted(
            "The input was declared sorted (InputIsSorted), but user 'bob' goes back in time in row 2 (counted from 0). Sort it by user and time, or leave InputIsSorted at false.",
            [("ann", 5), ("bob", 2), ("bob", 1)]);
    }

    [TestMethod]
    public void Transform_NumericVectorOfOtherSize_NamesBothSizes()
    {
        var two = Vectors(2);
        var packer = _mlContext.Transforms.PackPrompts(new() { NumericColumnNames = ["Features"] }).Fit(two);
        var error = Assert.ThrowsExactly<ArgumentException>(() => packer.Transform(Vectors(3)));
        Assert.AreEqual("Column 'Features' (numeric) must be a vector of 2 numbers, as in Fit, but is a vector of 3 Single.", error.Message);

        IDataView Vectors(int size)
        {
            var schema = SchemaDefinition.Create(typeof(VectorInteraction));
            schema["Features"].ColumnType = new VectorDataViewType(NumberDataViewType.Single, size);
            return _mlContext.Data.LoadFromEnumerable([new VectorInteraction { Features = new float[size] }], schema);
        }
    }

    private void AssertRefused(string message, PromptPackingEstimator.Options options, TestInteraction[] rows)
    {
        var view = TestInteraction.View(_mlContext, rows);
        var estimator = _mlContext.Transforms.PackPrompts(options);
        Assert.AreEqual(message, Assert.ThrowsExactly<ArgumentException>(() => estimator.Fit(view)).Message);
    }

    private void AssertNotSorted(string message, (string User, long Time)[] rows)
    {
        var view = TestInteraction.View(_mlContext, rows.Select(row => new TestInteraction { UserId = row.User, Timestamp = row.Time, MovieId = "m" }));
        var prompts = _mlContext.Transforms.PackPrompts(new() { CategoricalColumnNames = ["MovieId"], InputIsSorted = true }).Fit(view).Transform(view);
        Assert.AreEqual(message, Assert.ThrowsExactly<InvalidOperationException>(() => PromptRow.ReadAll(prompts)).Message);
    }

    private sealed class VectorInteraction
    {
        public string UserId { get; set; } = "";

        public long Timestamp { get; set; }

        public bool Label { get; set; }

        public float[] Features { get; set; } = [];
    }
}
