using System.Globalization;
using Dtic.Transforms.Prompts;
using Microsoft.ML;

namespace Dtic.Transforms.Tests.Prompts;

[TestClass]
public sealed class PromptPackingTests
{
    private readonly MLContext _mlContext = new(seed: 1);

    [TestMethod]
    public void Transform_TwoUsers_LaysPromptsOutAsDesigned()
    {
        TestInteraction[] rows =
        [
            new() { RowId = 0, UserId = "ann", Timestamp = 30, MovieId = "c", Label = 1 },
            new() { RowId = 1, UserId = "bob", Timestamp = 5, MovieId = "a", Label = 0 },
            new() { RowId = 2, UserId = "ann", Timestamp = 10, MovieId = "a", Label = 1, IsTarget = false },
            new() { RowId = 3, UserId = "ann", Timestamp = 20, MovieId = "b", Label = float.NaN },
            new() { RowId = 4, UserId = "cid", Timestamp = 20, MovieId = "b", Label = 1, IsTarget = false },
            new() { RowId = 5, UserId = "ann", Timestamp = 20, MovieId = "c", Label = 0 },
        ];
        var packer = Fit(rows, new() { CategoricalColumnNames = ["MovieId"], ContextLength = 2, TargetsPerPrompt = 3, MinimumCount = 1 });
        var prompts = PromptRow.ReadAll(packer.Transform(TestInteraction.View(_mlContext, rows)));

        Assert.HasCount(2, prompts);
        Assert.AreEqual("ann", prompts[0].User);
        Assert.AreEqual(
            "MovieId=a [CLICK] MovieId=b [SUM] [UNKNOWN] MovieId=c [SUM] [NO_CLICK] MovieId=c [SUM]",
            packer.DescribePrompt(prompts[0].Prompt.Tokens.ToArray()));
        CollectionAssert.AreEqual(new[] { 0, 2, 5, 8 }, prompts[0].Prompt.InteractionStarts.ToArray());
        CollectionAssert.AreEqual(new[] { 0, 1, 1, 3 }, prompts[0].Prompt.KnownOutcomes.ToArray());
        CollectionAssert.AreEqual(new[] { 3, 5, 0 }, prompts[0].RowIds);
        CollectionAssert.AreEqual(new[] { float.NaN, 0, 1 }, prompts[0].Labels);
        Assert.AreEqual("bob", prompts[1].User);
        Assert.AreEqual("MovieId=a [SUM]", packer.DescribePrompt(prompts[1].Prompt.Tokens.ToArray()));
    }

    [TestMethod]
    public void Transform_ColumnsOfEveryRole_GivesTokensInTheirOrder()
    {
        TestInteraction[] rows =
        [
            new() { UserId = "u", Timestamp = 1, MovieId = "m", Genres = " Drama |Crime||", Price = 1, Title = "Up", Country = "at" },
            new() { UserId = "u", Timestamp = 2, MovieId = "", Genres = "", Price = float.NaN, Title = "p", Country = "de" },
        ];
        var options = TestInteraction.AllColumns(contextLength: 2, targetsPerPrompt: 0);
        options.TextVocabularySize = 256;
        var packer = Fit(rows, options);
        var prompt = PromptRow.ReadAll(packer.Transform(TestInteraction.View(_mlContext, rows))).Single().Prompt;

        // The prefix is that of the earliest row.
        Assert.AreEqual(
            "Country=at MovieId=m Genres=Drama Genres=Crime Price in (-Infinity, Infinity) U p [SUM] [NO_CLICK] "
            + "MovieId=<unknown> Genres=<unknown> Price=<missing> p [SUM]",
            packer.DescribePrompt(prompt.Tokens.ToArray()));
        Assert.AreEqual(1, prompt.PrefixLength);
    }

    [TestMethod]
    public void Transform_MoreTokensThanAllowed_CutsTheTail()
    {
        TestInteraction[] rows = [new() { UserId = "u", MovieId = "m", Genres = "a|b|c", Price = 1, Title = "Up", Country = "at" }];
        var options = TestInteraction.AllColumns(contextLength: 2, targetsPerPrompt: 0);
        options.MaximumTokensPerInteraction = 3;
        var packer = Fit(rows, options);
        var prompt = PromptRow.ReadAll(packer.Transform(TestInteraction.View(_mlContext, rows))).Single().Prompt;
        Assert.AreEqual("Country=at MovieId=m Genres=a Genres=b [SUM]", packer.DescribePrompt(prompt.Tokens.ToArray()));
    }

    [TestMethod]
    public void Transform_RandomInteractions_EqualsTheNaivePrompts()
    {
        var random = new Random(1);
        for (int round = 0; round < 30; round++)
        {
            var rows = TestInteraction.Random(random, 50);
            int n = random.Next(4), k = random.Next(4), delay = random.Next(3);
            bool byOrder = delay == 0 && random.Next(2) == 0;
            var packer = Fit(rows, new()
            {
                CategoricalColumnNames = ["MovieId"],
                UserColumnNames = ["Country"],
                ContextLength = n,
                TargetsPerPrompt = k,
                MinimumCount = 1,
                OutcomeDelayUnits = delay,
                OutcomeOrder = byOrder ? OutcomeOrder.RowOrder : OutcomeOrder.StrictTime,
            });
            var prompts = PromptRow.ReadAll(packer.Transform(TestInteraction.View(_mlContext, rows)));
            var expected = rows.GroupBy(row => row.UserId).SelectMany(user => Naive([.. user.OrderBy(row => row.Timestamp)], n, k, delay, byOrder));
            CollectionAssert.AreEqual(
                expected.ToArray(),
                prompts.Select(row => $"{packer.DescribePrompt(row.Prompt.Tokens.ToArray())} known {string.Join(' ', row.Prompt.KnownOutcomes.ToArray())}").ToArray());
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(7)]
    public void Transform_AnyTargetsPerPrompt_HasEveryTargetOnceWithItsLabel(int targetsPerPrompt)
    {
        var rows = TestInteraction.Random(new Random(2), 200);
        var packer = Fit(rows, TestInteraction.AllColumns(contextLength: 3, targetsPerPrompt));
        var prompts = PromptRow.ReadAll(packer.Transform(TestInteraction.View(_mlContext, rows)));
        CollectionAssert.AreEquivalent(rows.Where(row => row.IsTarget).Select(row => row.RowId).ToArray(), prompts.SelectMany(row => row.RowIds).ToArray());
        foreach (var prompt in prompts)
        {
            Assert.HasCount(prompt.Prompt.TargetCount, prompt.RowIds);
            CollectionAssert.AreEqual(prompt.RowIds.Select(id => rows[id].Label).ToArray(), prompt.Labels);
            Assert.IsTrue(prompt.RowIds.All(id => rows[id].UserId == prompt.User));
        }
    }

    [TestMethod]
    [DataRow(0)]
    [DataRow(2)]
    [DataRow(7)]
    public void Slice_ToOneTarget_EqualsTheSlidingWindowPrompt(int targetsPerPrompt)
    {
        var rows = TestInteraction.Random(new Random(3), 200);
        var view = TestInteraction.View(_mlContext, rows);
        var packed = PromptRow.ReadAll(Fit(rows, TestInteraction.AllColumns(contextLength: 4, targetsPerPrompt)).Transform(view));
        var sliding = PromptRow.ReadAll(Fit(rows, TestInteraction.AllColumns(contextLength: 4, targetsPerPrompt: 1)).Transform(view))
            .ToDictionary(row => row.RowIds.Single(), row => PromptRow.Text(row.Prompt));
        Assert.IsTrue(packed.Any(row => row.RowIds.Length > 1));
        foreach (var row in packed)
        {
            for (int target = 0; target < row.RowIds.Length; target++)
            {
                Assert.AreEqual(sliding[row.RowIds[target]], PromptRow.Text(row.Prompt.Slice(target, 1, contextLength: 4)));
            }
        }
    }

    [TestMethod]
    public void Transform_ShuffledInput_GivesTheSamePrompts()
    {
        var random = new Random(4);
        var rows = TestInteraction.Random(random, 150);
        for (int i = 0; i < rows.Length; i++)
        {
            rows[i].Timestamp = i;   // rows of one moment would keep their order, which shuffling changes
        }

        TestInteraction[] shuffled = [.. rows];
        random.Shuffle(shuffled);
        string[] expected = Pack(rows, sorted: false);
        string[] actual = Pack(shuffled, sorted: false);
        CollectionAssert.AreEquivalent(expected, actual);
        CollectionAssert.AreNotEqual(expected, actual);
    }

    [TestMethod]
    public void Transform_DeclaredSorted_EqualsTheUnsortedPath()
    {
        var rows = TestInteraction.Random(new Random(5), 150).OrderBy(row => row.UserId, StringComparer.Ordinal).ThenBy(row => row.Timestamp).ToArray();
        CollectionAssert.AreEqual(Pack(rows, sorted: false), Pack(rows, sorted: true));
    }

    [TestMethod]
    public void Transform_Twice_GivesTheSameRows()
    {
        var rows = TestInteraction.Random(new Random(6), 60);
        var prompts = Fit(rows, TestInteraction.AllColumns(3, 5)).Transform(TestInteraction.View(_mlContext, rows));
        CollectionAssert.AreEqual(PromptRow.ReadAll(prompts).Select(row => row.Key).ToArray(), PromptRow.ReadAll(prompts).Select(row => row.Key).ToArray());
    }

    [TestMethod]
    public void Transform_WithoutLabelAndTargetColumn_MakesAllTargetsOfUnknownOutcome()
    {
        var rows = TestInteraction.Random(new Random(7), 40);
        var packer = Fit(rows, TestInteraction.AllColumns(3, 0));
        var bare = _mlContext.Transforms.DropColumns("Label", "IsTarget").Fit(TestInteraction.View(_mlContext, rows)).Transform(TestInteraction.View(_mlContext, rows));
        var prompts = packer.Transform(bare);
        Assert.IsNull(prompts.Schema.GetColumnOrNull("Label"));
        var packed = PromptRow.ReadPrompts(prompts);
        Assert.AreEqual(40, packed.Sum(prompt => prompt.TargetCount));
        Assert.IsFalse(packed.Any(prompt => prompt.Tokens.Span.ContainsAny(0, 1)));
    }

    [TestMethod]
    public void Measure_RandomInteractions_CountsWhatTransformMakes()
    {
        var rows = TestInteraction.Random(new Random(8), 150);
        var view = TestInteraction.View(_mlContext, rows);
        var packer = Fit(rows, TestInteraction.AllColumns(3, 4));
        var packed = PromptRow.ReadPrompts(packer.Transform(view));
        var sliding = PromptRow.ReadPrompts(Fit(rows, TestInteraction.AllColumns(3, 1)).Transform(view));
        Assert.AreEqual(
            new PromptStatistics(packed.Count, packed.Sum(prompt => prompt.TargetCount), packed.Sum(prompt => prompt.Tokens.Length), sliding.Sum(prompt => prompt.Tokens.Length)),
            packer.Measure(view));
    }

    [TestMethod]
    public void Fit_ForeignCulture_ChangesNothing()
    {
        var rows = TestInteraction.Random(new Random(9), 40);
        var expected = Fit(rows, TestInteraction.AllColumns(3, 4));
        var saved = CultureInfo.CurrentCulture;
        try
        {
            // tr-TR by hand, because the tests may run without culture data.
            var turkish = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            turkish.NumberFormat.NumberDecimalSeparator = ",";
            turkish.NumberFormat.NegativeSign = "~";
            CultureInfo.CurrentCulture = turkish;
            var actual = Fit(rows, TestInteraction.AllColumns(3, 4));
            Assert.AreEqual(expected.VocabularyHash, actual.VocabularyHash);
            CollectionAssert.AreEqual(
                PromptRow.ReadAll(expected.Transform(TestInteraction.View(_mlContext, rows))).Select(row => row.Key).ToArray(),
                PromptRow.ReadAll(actual.Transform(TestInteraction.View(_mlContext, rows))).Select(row => row.Key).ToArray());
        }
        finally
        {
            CultureInfo.CurrentCulture = saved;
        }
    }

    [TestMethod]
    public void Fit_Finished_LogsOneLine()
    {
        var lines = new List<string>();
        _mlContext.Log += (_, e) => lines.Add(e.RawMessage);
        TestInteraction[] rows = [new() { UserId = "u", MovieId = "a" }, new() { UserId = "v", MovieId = "a" }];
        Fit(rows, new() { CategoricalColumnNames = ["MovieId"] });
        CollectionAssert.Contains(lines, "Learned a vocabulary of 6 tokens from 2 interactions of 2 users, about 1.0 item tokens each.");
    }

    [TestMethod]
    public void PackPrompts_ShortForm_MeansTheSameAsOptions()
    {
        var rows = TestInteraction.Random(new Random(11), 60);
        var packer = _mlContext.Transforms.PackPrompts(
            "Prompt",
            userColumnName: "UserId",
            timeColumnName: "Timestamp",
            labelColumnName: "Label",
            textColumnNames: ["Title"],
            categoricalColumnNames: ["MovieId", "Genres"],
            numericColumnNames: ["Price"],
            userColumnNames: ["Country"],
            separators: new Dictionary<string, char> { ["Genres"] = '|' },
            contextLength: 3,
            targetsPerPrompt: 4).Fit(TestInteraction.View(_mlContext, rows));
        var options = TestInteraction.AllColumns(3, 4);
        options.MinimumCount = 2;
        var other = Fit(rows, options);
        Assert.AreEqual(other.VocabularyHash, packer.VocabularyHash);
        Assert.AreEqual((3, 4), (packer.ContextLength, packer.TargetsPerPrompt));
        CollectionAssert.AreEqual(
            PromptRow.ReadAll(other.Transform(TestInteraction.View(_mlContext, rows))).Select(row => row.Key).ToArray(),
            PromptRow.ReadAll(packer.Transform(TestInteraction.View(_mlContext, rows))).Select(row => row.Key).ToArray());
    }

    private static IEnumerable<string> Naive(TestInteraction[] rows, int n, int k, int delay, bool byOrder)
    {
        foreach (var range in PromptPlan.Cut([.. rows.Select(row => row.IsTarget)], n, k))
        {
            var words = new List<string> { $"Country={rows[0].Country}" };
            var known = new List<int>();
            for (int j = range.Begin; j < range.End; j++)
            {
                words.Add($"MovieId={rows[j].MovieId}");
                if (rows[j].IsTarget && j >= range.FirstTarget)
                {
                    words.Add("[SUM]");
                }

                if (j < range.End - 1)
                {
                    words.Add(rows[j].Label switch { 1 => "[CLICK]", 0 => "[NO_CLICK]", _ => "[UNKNOWN]" });
                }

                known.Add(byOrder ? j - range.Begin : Enumerable.Range(range.Begin, j - range.Begin).Count(i => rows[i].Timestamp + delay < rows[j].Timestamp));
            }

            yield return $"{string.Join(' ', words)} known {string.Join(' ', known)}";
        }
    }

    private PromptPackingTransformer Fit(TestInteraction[] rows, PromptPackingEstimator.Options options) =>
        _mlContext.Transforms.PackPrompts(options).Fit(TestInteraction.View(_mlContext, rows));

    private string[] Pack(TestInteraction[] rows, bool sorted)
    {
        var options = TestInteraction.AllColumns(3, 5);
        options.InputIsSorted = sorted;
        return [.. PromptRow.ReadAll(Fit(rows, options).Transform(TestInteraction.View(_mlContext, rows))).Select(row => row.Key)];
    }
}
