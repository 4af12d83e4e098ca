using Dtic.MLNet.Scoring;
using Dtic.MLNet.Tests.Model;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests.Scoring;

[TestClass]
public sealed class ScoredViewTests
{
    [TestMethod]
    [DataRow(ContextAttention.Isolated)]
    [DataRow(ContextAttention.Windowed)]
    public void Score_DefaultMode_EqualsRowsScoredOneByOne(ContextAttention attention)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new RandomPrompts(seed);
            var weights = TestModels.Weights(TestModels.Configuration(random.ContextLength(), attention), seed);
            var prompts = random.Batch(30);
            using var transformer = Scorers.Create(weights, tokensPerPass: seed % 2 == 0 ? 40 : 5000);

            float[] batch = Scorers.Read<float>(transformer.Transform(PromptView.Of(prompts, weights.Configuration)), "Score");
            float[] engine = Scorers.ReadThroughMapper(transformer, PromptView.Requests(prompts, weights.Configuration));
            float[] requests = Scorers.Read<float>(transformer.Transform(PromptView.Requests(prompts, weights.Configuration)), "Score");

            float[] expected = Scorers.OneByOne(weights, prompts);
            Closeness.AssertClose(expected, batch, 1e-5, $"seed {seed}");
            Closeness.AssertClose(expected, engine, 1e-5, $"seed {seed}");
            Closeness.AssertClose(expected, requests, 1e-5, $"seed {seed}");
        }
    }

    [TestMethod]
    [DataRow(0, 1)]
    [DataRow(1, 2)]
    [DataRow(int.MaxValue, 2)]
    public void Cost_OneAtATime_IsThePromptForEachTargetThatEncodesAToken(int contextLength, int times)
    {
        var weights = TestModels.Weights(TestModels.Configuration(contextLength));
        var prompt = PromptText.Parse("| 5 S + | 6 S");
        using var transformer = Scorers.Create(weights, ScoringMode.OneAtATime);

        Assert.AreEqual(times * prompt.Tokens.Length, ((ScoredView)transformer.Transform(PromptView.Of([prompt], weights.Configuration))).Cost(prompt, targetCount: 2));
    }

    [TestMethod]
    public void Score_Isolated_PackedEqualsOneAtATime()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var view = PromptView.Of(new RandomPrompts(5).Batch(50), weights.Configuration);
        using var transformer = Scorers.Create(weights);

        float[] packed = Scorers.Read<float>(transformer.WithScoringMode(ScoringMode.Packed).Transform(view), "Score");
        float[] single = Scorers.Read<float>(transformer.WithScoringMode(ScoringMode.OneAtATime).Transform(view), "Score");

        Closeness.AssertClose(single, packed, 1e-4);
    }

    [TestMethod]
    public void Score_WindowedPacked_DiffersFromOneAtATime()
    {
        var weights = TestModels.Weights(TestModels.Configuration(contextLength: 1, ContextAttention.Windowed));
        var view = PromptView.Of([PromptText.Parse("| 5 S + | 6 S - | 7 S")], weights.Configuration);
        using var transformer = Scorers.Create(weights);

        float[] packed = Scorers.Read<float>(transformer.WithScoringMode(ScoringMode.Packed).Transform(view), "Score");
        float[] single = Scorers.Read<float>(transformer.WithScoringMode(ScoringMode.OneAtATime).Transform(view), "Score");

        Assert.AreNotEqual(single[2], packed[2], 1e-3f);
    }

    [TestMethod]
    public void Score_SingleTargetWithoutHistoryOrOnlyUnknownTokens_IsFinite()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        PackedPrompt[] prompts = [PromptText.Parse("| 5 S"), PromptText.Parse($"| {SpecialToken.Unknown} S"), PromptText.Parse("| S")];
        using var transformer = Scorers.Create(weights);

        float[] scores = Scorers.Read<float>(transformer.Transform(PromptView.Of(prompts, weights.Configuration)), "Score");

        Assert.HasCount(3, scores);
        Assert.IsTrue(Array.TrueForAll(scores, float.IsFinite));
    }

    [TestMethod]
    public void Rows_NoPromptsOrPromptsWithoutTargets_AreNone()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        using var transformer = Scorers.Create(weights);
        var without = new PackedPrompt(ReadOnlyMemory<int>.Empty, ReadOnlyMemory<int>.Empty, ReadOnlyMemory<int>.Empty);

        Assert.IsEmpty(Scorers.Read<float>(transformer.Transform(PromptView.Of([], weights.Configuration)), "Score"));
        Assert.IsEmpty(Scorers.Read<float>(transformer.Transform(PromptView.Of([without, without], weights.Configuration)), "Score"));
        Assert.HasCount(1, Scorers.Read<float>(transformer.Transform(PromptView.Of([without, PromptText.Parse("| 5 S"), without], weights.Configuration)), "Score"));
    }

    [TestMethod]
    public void Columns_OtherThanScores_ScoreNothingAndAskTheSourceOnlyForThemselves()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var prompts = new RandomPrompts(2).Batch(20);
        var view = PromptView.Of(
            prompts, weights.Configuration, false, PromptView.Labels(prompts, i => i % 3 == 0), PromptView.Column.Values("User", NumberDataViewType.Int32, new int[20]));
        using var transformer = Scorers.Create(weights);
        var scored = transformer.Transform(view);

        bool[] labels = Scorers.Read<bool>(scored, "Label");

        CollectionAssert.AreEqual(Enumerable.Range(0, prompts.Sum(p => p.TargetCount)).Select(i => i % 3 == 0).ToArray(), labels);
        Assert.IsFalse(transformer.IsLoaded);
        CollectionAssert.AreEqual(new[] { "Label", "Prompt", "Prompt.InteractionStarts", "Prompt.KnownOutcomes" }, view.Opened.Single());
        Scorers.Read<float>(scored, "Probability");
        Assert.IsTrue(transformer.IsLoaded);
    }

    [TestMethod]
    public void Cursor_WithoutColumns_CountsTargets()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var prompts = new RandomPrompts(4).Batch(20);
        using var transformer = Scorers.Create(weights);
        var scored = transformer.Transform(PromptView.Of(prompts, weights.Configuration));

        long rows = 0;
        using var cursor = scored.GetRowCursor([]);
        while (cursor.MoveNext())
        {
            rows++;
        }

        Assert.AreEqual(prompts.Sum(p => p.TargetCount), rows);
        Assert.IsFalse(transformer.IsLoaded);
        Assert.IsNull(scored.GetRowCount());
        Assert.IsFalse(scored.CanShuffle);
    }

    [TestMethod]
    public void Cursor_GetterNotOfTheRules_Throws()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        using var transformer = Scorers.Create(weights);
        var scored = transformer.Transform(PromptView.Of([PromptText.Parse("| 5 S")], weights.Configuration));
        using var cursor = scored.GetRowCursor([scored.Schema["Score"]]);
        float score = 0;
        var getter = cursor.GetGetter<float>(scored.Schema["Score"]);

        Assert.AreEqual(
            "Column 'Probability' is not active in this cursor.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<float>(scored.Schema["Probability"])).Message);
        Assert.AreEqual(
            "Column 'Score' holds System.Single, not System.Double.",
            Assert.ThrowsExactly<InvalidOperationException>(() => cursor.GetGetter<double>(scored.Schema["Score"])).Message);
        Assert.AreEqual("The cursor is not on a row.", Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref score)).Message);
        Assert.AreEqual(-1, cursor.Position);
        Assert.IsTrue(cursor.MoveNext());
        Assert.AreEqual(0, cursor.Position);
        getter(ref score);
        Assert.IsFalse(cursor.MoveNext());
        Assert.IsFalse(cursor.MoveNext());
        Assert.AreEqual(-1, cursor.Position);
        Assert.ThrowsExactly<InvalidOperationException>(() => getter(ref score));
    }

    [TestMethod]
    public void Cursors_TwoAtOnceAndAgain_GiveTheSameRows()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        using var transformer = Scorers.Create(weights, tokensPerPass: 5, threads: 1);   // many batches
        var scored = transformer.Transform(PromptView.Of(new RandomPrompts(6).Batch(20), weights.Configuration));
        var column = scored.Schema["Score"];
        float[] expected = Scorers.Read<float>(scored, "Score");
        using var first = scored.GetRowCursor([column]);
        using var second = scored.GetRowCursor([column]);
        var (getFirst, getSecond) = (first.GetGetter<float>(column), second.GetGetter<float>(column));
        var (firstId, secondId) = (first.GetIdGetter(), second.GetIdGetter());
        var actual = new List<float>();
        first.MoveNext();
        while (first.MoveNext())
        {
            Assert.IsTrue(second.MoveNext());   // one row behind
            float ahead = 0, behind = 0;
            getFirst(ref ahead);
            getSecond(ref behind);
            DataViewRowId aheadId = default, behindId = default;
            firstId(ref aheadId);
            secondId(ref behindId);
            Assert.AreEqual(behindId.Low + 1, aheadId.Low);
            Assert.AreEqual(expected[first.Position], ahead, 1e-6f);
            actual.Add(behind);
        }

        Closeness.AssertClose(expected.AsSpan(0, expected.Length - 1), actual.ToArray(), 1e-6);
    }

    [TestMethod]
    public void PredictedLabelAndProbability_FollowTheScore()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        using var transformer = Scorers.Create(weights);
        var scored = transformer.Transform(PromptView.Of(new RandomPrompts(7).Batch(30), weights.Configuration));

        float[] scores = Scorers.Read<float>(scored, "Score");
        float[] probabilities = Scorers.Read<float>(scored, "Probability");
        bool[] labels = Scorers.Read<bool>(scored, "PredictedLabel");

        Assert.IsTrue(scores.Min() < 0 && scores.Max() > 0);
        Closeness.AssertClose([.. scores.Select(s => 1 / (1 + MathF.Exp(-s)))], probabilities, 1e-6);
        CollectionAssert.AreEqual(scores.Select(s => s > 0).ToArray(), labels);
    }
}
