using Dtic.MLNet.Tests.Model;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Column = Dtic.MLNet.Tests.Scoring.PromptView.Column;

namespace Dtic.MLNet.Tests.Scoring;

[TestClass]
public sealed class DticPredictionTransformerTests
{
    private const string Remedy =
        " Transform the interactions with the PackPrompts transformer that was fitted together with this model; a pipeline saves and loads the two together.";

    [TestMethod]
    [DataRow(ContextAttention.Isolated, null, ScoringMode.Packed)]
    [DataRow(ContextAttention.Windowed, null, ScoringMode.OneAtATime)]
    [DataRow(ContextAttention.Isolated, ScoringMode.OneAtATime, ScoringMode.OneAtATime)]
    [DataRow(ContextAttention.Windowed, ScoringMode.Packed, ScoringMode.Packed)]
    public void ScoringMode_AskedForOrNot_IsExactUnlessAskedOtherwise(ContextAttention attention, ScoringMode? asked, ScoringMode expected)
    {
        using var transformer = Scorers.Create(TestModels.Weights(TestModels.Configuration(attention: attention)), asked);

        Assert.AreEqual(expected, transformer.ScoringMode);
        Assert.AreEqual(ScoringMode.Packed, transformer.WithScoringMode(ScoringMode.Packed).ScoringMode);
        Assert.AreEqual(expected, transformer.ScoringMode);
    }

    [TestMethod]
    public void WithScoringMode_NoMode_Throws()
    {
        using var transformer = Scorers.Create(TestModels.Weights(TestModels.Configuration()));

        var exception = Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.WithScoringMode((ScoringMode)7));

        Assert.StartsWith("Expected one of OneAtATime, Packed.", exception.Message);
    }

    [TestMethod]
    public void Transform_PromptsOfAnotherVocabulary_NamesBoth()
    {
        var model = TestModels.Configuration() with { VocabularyHash = "0123456789abcdef" };
        using var transformer = Scorers.Create(TestModels.Weights(model));
        var view = PromptView.Of([], model with { VocabularyHash = "fedcba9876543210" });

        var exception = Assert.ThrowsExactly<ArgumentException>(() => transformer.Transform(view));

        Assert.AreEqual("Column 'Prompt' holds prompts of vocabulary fedcba987654, but the model was trained on vocabulary 0123456789ab." + Remedy, exception.Message);
    }

    [TestMethod]
    public void Transform_PromptsOfAnotherContextLength_NamesBoth()
    {
        var model = TestModels.Configuration(contextLength: 3);
        using var transformer = Scorers.Create(TestModels.Weights(model));

        var exception = Assert.ThrowsExactly<ArgumentException>(() => transformer.GetOutputSchema(PromptView.Of([], model with { ContextLength = 20 }).Schema));

        Assert.AreEqual("Column 'Prompt' holds prompts with a context of 20 interactions, but the model was trained with 3." + Remedy, exception.Message);
    }

    [TestMethod]
    public void Transform_NoPromptsOrOthers_Throws()
    {
        using var transformer = Scorers.Create(TestModels.Weights(TestModels.Configuration()));
        var empty = PromptView.With(0, Column.Values("User", TextDataViewType.Instance, Array.Empty<ReadOnlyMemory<char>>()));
        var text = PromptView.With(0, Column.Values("Prompt", TextDataViewType.Instance, Array.Empty<ReadOnlyMemory<char>>()));

        Assert.StartsWith("Column 'Prompt' is missing.", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(empty)).Message);
        Assert.StartsWith("Column 'Prompt' has type String, expected Vector<Int32", Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => transformer.Transform(text)).Message);
    }

    [TestMethod]
    public void GetRowToRowMapper_WholeHistories_SaysWhatToGive()
    {
        var model = TestModels.Configuration();
        using var transformer = Scorers.Create(TestModels.Weights(model));

        var exception = Assert.ThrowsExactly<ArgumentException>(() => transformer.GetRowToRowMapper(PromptView.Of([], model).Schema));

        Assert.AreEqual(
            "Column 'Prompt' holds prompts of whole histories, which give many rows each. Use Transform, or give requests (one candidate a row with its history columns), "
            + "which PackPrompts turns into prompts one by one.",
            exception.Message);
    }

    [TestMethod]
    public void GetRowToRowMapper_Requests_NeedsOnlyWhatIsAskedFor()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        using var transformer = Scorers.Create(weights);
        var view = PromptView.Of([PromptText.Parse("| 5 S")], weights.Configuration, true, Column.Values("Movie", NumberDataViewType.Int32, new[] { 5 }));
        var mapper = transformer.GetRowToRowMapper(view.Schema);

        Assert.AreSame(view.Schema, mapper.InputSchema);
        CollectionAssert.AreEqual(
            new[] { "Prompt", "Prompt.InteractionStarts", "Prompt.KnownOutcomes" },
            mapper.GetDependencies([mapper.OutputSchema["Probability"]]).Select(column => column.Name).ToArray());
        CollectionAssert.AreEqual(new[] { "Movie" }, mapper.GetDependencies([mapper.OutputSchema["Movie"]]).Select(column => column.Name).ToArray());
    }

    [TestMethod]
    public void Evaluate_DefaultColumnNames_GivesFiniteMetrics()
    {
        var context = new MLContext(seed: 1);
        var weights = TestModels.Weights(TestModels.Configuration());
        var prompts = new RandomPrompts(11).Batch(40);
        using var transformer = Scorers.Create(weights, context: context);
        float[] scores = Scorers.OneByOne(weights, prompts);
        float median = scores.Order().ElementAt(scores.Length / 2);
        var view = PromptView.Of(prompts, weights.Configuration, false, PromptView.Labels(prompts, i => scores[i] > median));

        var metrics = context.BinaryClassification.Evaluate(transformer.Transform(view));

        Assert.AreEqual(1, metrics.AreaUnderRocCurve, 1e-9);   // the labels follow the scores
        Assert.IsTrue(double.IsFinite(metrics.LogLoss));
    }

    [TestMethod]
    public void ScoreColumns_Annotations_AreThoseOfABinaryClassifier()
    {
        var model = TestModels.Configuration();
        using var transformer = Scorers.Create(TestModels.Weights(model));

        var schema = transformer.GetOutputSchema(PromptView.Of([], model).Schema);

        foreach (string name in new[] { "Score", "Probability", "PredictedLabel" })
        {
            ReadOnlyMemory<char> kind = default, value = default;
            uint set = 0;
            schema[name].Annotations.GetValue("ScoreColumnKind", ref kind);
            schema[name].Annotations.GetValue("ScoreValueKind", ref value);
            schema[name].Annotations.GetValue("ScoreColumnSetId", ref set);
            Assert.AreEqual("BinaryClassification", kind.ToString());
            Assert.AreEqual(name, value.ToString());
            Assert.AreEqual(1u, set);
        }

        Assert.IsTrue(schema["Probability"].IsNormalized());
    }

    [TestMethod]
    [DataRow(0f, 0.5f)]
    [DataRow(1e6f, 0.99999994f)]
    [DataRow(-1e6f, 1.17549435e-38f)]
    public void Probability_OfALogit_IsNeverExactlyZeroOrOne(float logit, float expected) => Assert.AreEqual(expected, PlattScaling.None.ColumnValue(logit));

    [TestMethod]
    [DataRow(ContextAttention.Windowed, ScoringMode.Packed, 1)]
    [DataRow(ContextAttention.Windowed, ScoringMode.OneAtATime, 0)]
    [DataRow(ContextAttention.Isolated, ScoringMode.Packed, 0)]
    public void Transform_PackedAndInexact_LogsItOnceAViewWhenItScores(ContextAttention attention, ScoringMode mode, int expected)
    {
        var context = new MLContext(seed: 1);
        var lines = new List<string>();
        context.Log += (_, e) =>
        {
            if (e.Kind == ChannelMessageKind.Warning)
            {
                lines.Add(e.RawMessage);
            }
        };
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention));
        using var transformer = Scorers.Create(weights, mode, context);
        var scored = transformer.Transform(PromptView.Of(new RandomPrompts(1).Batch(3), weights.Configuration));
        Assert.IsEmpty(lines);

        Scorers.Read<float>(scored, "Score");
        Scorers.Read<float>(scored, "Score");

        Assert.HasCount(expected, lines);
        Assert.IsTrue(lines.TrueForAll(line => line
            == "Scores are packed. With ContextAttention.Windowed they differ a little from those of a prediction engine, which scores one target at a time."));
    }

    [TestMethod]
    public void Dispose_ThenUse_ScoresAsBefore()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var transformer = Scorers.Create(weights);
        var scored = transformer.Transform(PromptView.Of(new RandomPrompts(1).Batch(10), weights.Configuration));
        float[] expected = Scorers.Read<float>(scored, "Score");
        Assert.IsTrue(transformer.IsLoaded);

        transformer.Dispose();
        transformer.Dispose();

        Assert.IsFalse(transformer.IsLoaded);
        Closeness.AssertClose(expected, Scorers.Read<float>(scored, "Score"), 0);
        Assert.IsTrue(transformer.IsLoaded);
        transformer.Dispose();
    }

    [TestMethod]
    public void Dispose_Always_LeavesNoTensor()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var view = PromptView.Of(new RandomPrompts(1).Batch(10), weights.Configuration);
        LiveTensors.AssertNoneLeft(
            () =>
            {
                using var transformer = Scorers.Create(weights);
                Scorers.Read<float>(transformer.Transform(view), "Score");
            },
            parameters: weights.Configuration.Weights().Count());
    }

    [TestMethod]
    public void Score_WhileOthersScoreAndDispose_IsTheSame()
    {
        var weights = TestModels.Weights(TestModels.Configuration());
        var view = PromptView.Of(new RandomPrompts(1).Batch(10), weights.Configuration);
        using var transformer = Scorers.Create(weights, threads: 1);
        float[] expected = Scorers.Read<float>(transformer.Transform(view), "Score");

        Parallel.For(0, 60, new ParallelOptions { MaxDegreeOfParallelism = 4 }, i =>
        {
            Closeness.AssertClose(expected, Scorers.Read<float>(transformer.Transform(view), "Score"), 1e-6);
            if (i % 3 == 0)
            {
                transformer.Dispose();
            }
        });
    }

    [TestMethod]
    public void Model_Facts_AreThoseOfTheNetwork()
    {
        var weights = TestModels.Weights(TestModels.Configuration(contextLength: 5, layers: 1, heads: 2));
        using var transformer = Scorers.Create(weights);
        var model = transformer.Model;

        Assert.AreEqual(24 * 16 + 4 * 16 * 16 + 3 * 24 * 16 + 4 * 16, model.NumberOfParameters);   // embedding, attention, feed-forward, three norms and the head
        Assert.AreEqual(
            (24, "0f1e", 16, 1, 2, 24, 5, ContextAttention.Isolated),
            (model.VocabularySize, model.VocabularyHash, model.EmbeddingDimension, model.NumberOfLayers, model.NumberOfHeads, model.FeedForwardDimension,
                model.ContextLength, model.ContextAttention));
        Assert.AreEqual("model.embed_tokens.weight", model.WeightNames[0]);
        CollectionAssert.AreEqual(new long[] { 24, 16 }, model.GetShape("model.embed_tokens.weight").ToArray());
        Assert.IsTrue(model.GetWeight("score.weight").SequenceEqual(weights["score.weight"]));
        Assert.AreEqual(
            "The model has no weight 'lm_head.weight'. WeightNames lists those it has. (Parameter 'name')",
            Assert.ThrowsExactly<ArgumentException>(() => model.GetShape("lm_head.weight")).Message);
    }
}
