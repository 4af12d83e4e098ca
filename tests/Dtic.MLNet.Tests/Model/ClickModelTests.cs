using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class ClickModelTests
{
    [TestMethod]
    public void Forward_RandomPrompts_EqualsTheNaiveModel()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new RandomPrompts(seed);
            var configuration = TestModels.Configuration(random.ContextLength(), random.Attention(), layers: 1 + (seed % 3), heads: 1 + (seed % 2)) with
            {
                PositionEncoding = random.Positions(),
                PoolsItems = seed % 4 > 0,
            };
            var weights = TestModels.Weights(configuration, seed);
            var prompts = random.Batch(2, longest: 6);

            float[] actual = Forward(weights, prompts);

            var naive = new NaiveClickModel(weights);
            Closeness.AssertClose(prompts.SelectMany(naive.Score).ToArray(), actual, 1e-4, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Forward_OneLayer_OnlyTheWindowReachesATarget()
    {
        var weights = TestModels.Weights(TestModels.Configuration(contextLength: 2, ContextAttention.Windowed, layers: 1));
        var prompt = PromptText.Parse("| 5 + | 6 - | 7 + | 8 S");
        float before = Forward(weights, prompt)[0];

        Assert.AreEqual(before, Forward(weights, prompt.With(0, 9).With(1, SpecialToken.NoClick))[0]);
        Assert.AreNotEqual(before, Forward(weights, prompt.With(2, 9))[0]);
    }

    [TestMethod]
    public void Forward_RandomPromptsOfOneLayer_OnlyTheWindowReachesATarget()
    {
        for (int seed = 0; seed < 60; seed++)
        {
            var random = new RandomPrompts(seed);
            int n = seed % 5;
            var weights = TestModels.Weights(TestModels.Configuration(n, random.Attention(), layers: 1));
            var prompt = random.Next();
            int changed = seed % prompt.InteractionCount;
            int[] owners = Targets(prompt);

            float[] before = Forward(weights, prompt), after = Forward(weights, Scrambled(prompt, changed));

            for (int target = 0; target < owners.Length; target++)
            {
                if (changed < owners[target] - n || changed > owners[target])
                {
                    Assert.AreEqual(before[target], after[target], 1e-6f, $"seed {seed}, target {target}");
                }
            }
        }
    }

    [TestMethod]
    public void Forward_OutcomeNotYetKnownOrOwn_NeverChangesAScore()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new RandomPrompts(seed);
            var weights = TestModels.Weights(TestModels.Configuration(random.ContextLength(), random.Attention(), layers: 3), seed);
            var prompt = random.Next();
            int[] owners = Targets(prompt);
            float[] before = Forward(weights, prompt);
            for (int changed = 0; changed < prompt.InteractionCount - 1; changed++)
            {
                int outcome = prompt.InteractionStarts.Span[changed + 1] - 1;
                float[] after = Forward(weights, prompt.With(outcome, (prompt.Tokens.Span[outcome] + 1) % 3));
                for (int target = 0; target < owners.Length; target++)
                {
                    if (changed >= prompt.KnownOutcomes.Span[owners[target]])
                    {
                        Assert.AreEqual(before[target], after[target], 1e-6f, $"seed {seed}, outcome {changed}, target {target}");
                    }
                }
            }
        }
    }

    [TestMethod]
    [DataRow(ContextAttention.Windowed)]
    [DataRow(ContextAttention.Isolated)]
    public void Forward_KnownOutcome_ChangesTheScore(ContextAttention attention)
    {
        var weights = TestModels.Weights(TestModels.Configuration(attention: attention));
        var prompt = PromptText.Parse("| 5 + | 6 S");

        Assert.AreNotEqual(Forward(weights, prompt)[0], Forward(weights, prompt.With(1, SpecialToken.NoClick))[0], 1e-3f);
    }

    [TestMethod]
    public void Forward_PromptAnywhereInABatch_GivesTheSameScores()
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new RandomPrompts(seed);
            var weights = TestModels.Weights(TestModels.Configuration(random.ContextLength(), random.Attention()), seed);
            var prompts = random.Batch(20);
            float[] alone = [.. prompts.SelectMany(prompt => Forward(weights, prompt))];

            Closeness.AssertClose(alone, Forward(weights, prompts), 1e-5, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Forward_PermutedPrompts_GivesPermutedScores()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            var random = new RandomPrompts(seed);
            var weights = TestModels.Weights(TestModels.Configuration(random.ContextLength(), random.Attention()), seed);
            var prompts = random.Batch(30);
            float[][] scores = Split(prompts, Forward(weights, prompts));
            int[] order = [.. Enumerable.Range(0, prompts.Length)];
            new Random(seed).Shuffle(order);

            PackedPrompt[] permuted = [.. order.Select(i => prompts[i])];

            Closeness.AssertClose([.. order.Select(i => scores[i])], Split(permuted, Forward(weights, permuted)), 1e-5, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Forward_SumsTakenAway_LeavesTheOtherScores()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            var random = new RandomPrompts(seed);
            var weights = TestModels.Weights(TestModels.Configuration(random.ContextLength(), random.Attention()), seed);
            var prompt = random.Next();

            // Everything before the last target becomes context, and all of it stays in the prompt.
            var lastOnly = prompt.Slice(prompt.TargetCount - 1, 1, contextLength: int.MaxValue);

            Assert.AreEqual(1, lastOnly.TargetCount);
            Assert.AreEqual(Forward(weights, prompt)[^1], Forward(weights, lastOnly)[0], 1e-5f, $"seed {seed}");
        }
    }

    [TestMethod]
    public void Forward_LongerPrefix_DoesNotShiftWhatFollows()
    {
        // A prefix is seen without rotary distance: its tokens may change places with the length of the prompt, not with its score.
        var weights = TestModels.Weights(TestModels.Configuration(contextLength: 9, ContextAttention.Isolated, layers: 1));
        var prompt = PromptText.Parse("20 21 | 5 + | 6 - | 7 S");
        var swapped = PromptText.Parse("21 20 | 5 + | 6 - | 7 S");

        Assert.AreEqual(Forward(weights, prompt)[0], Forward(weights, swapped)[0], 1e-5f);
        Assert.AreNotEqual(Forward(weights, prompt)[0], Forward(weights, PromptText.Parse("20 22 | 5 + | 6 - | 7 S"))[0], 1e-3f);
    }

    [TestMethod]
    [DataRow("| 5 S", 3, DisplayName = "empty history")]
    [DataRow("20 | 5 S", 0, DisplayName = "no window")]
    [DataRow("| S", 3, DisplayName = "no item tokens")]
    [DataRow("| 5 ? | 6 ? | 7 S ? | 8 S", int.MaxValue, DisplayName = "all unknown, endless window")]
    public void Forward_EdgeCases_AreFinite(string text, int contextLength)
    {
        foreach (var attention in Enum.GetValues<ContextAttention>())
        {
            float[] scores = Forward(TestModels.Weights(TestModels.Configuration(contextLength, attention)), PromptText.Parse(text));

            Assert.IsTrue(scores.Length > 0 && scores.All(float.IsFinite), string.Join(", ", scores));
        }
    }

    [TestMethod]
    public void Forward_EnormousWeights_AreStillFinite()
    {
        var configuration = TestModels.Configuration();
        using var model = TestModels.Weights(configuration).CreateModel(CPU);
        using (no_grad())
        {
            using Scalar huge = 1e4;
            model.Parameters["model.layers.0.self_attn.q_proj.weight"].mul_(huge);
            model.Parameters["model.layers.0.self_attn.k_proj.weight"].mul_(huge);
        }

        Assert.IsTrue(Forward(model, configuration, new RandomPrompts(1).Batch(20)).All(float.IsFinite));
    }

    [TestMethod]
    public void Forward_NoTargets_ReturnsNoScores()
    {
        Assert.IsEmpty(Forward(TestModels.Weights(TestModels.Configuration())));
    }

    /// <summary>For each target the interaction it is.</summary>
    private static int[] Targets(PackedPrompt prompt) =>
        [.. Enumerable.Range(0, prompt.InteractionCount).Where(j => prompt.Interaction(j).Contains(SpecialToken.Sum))];

    /// <summary>The prompt with other item tokens and another outcome in one interaction.</summary>
    private static PackedPrompt Scrambled(PackedPrompt prompt, int interaction)
    {
        int start = prompt.InteractionStarts.Span[interaction];
        for (int i = start; i < start + prompt.Interaction(interaction).Length; i++)
        {
            int token = prompt.Tokens.Span[i];
            prompt = token == SpecialToken.Sum ? prompt : prompt.With(i, token < SpecialToken.Sum ? (token + 1) % 3 : 4 + ((token + 3) % 20));
        }

        return prompt;
    }

    private static float[][] Split(PackedPrompt[] prompts, float[] scores)
    {
        int at = 0;
        return [.. prompts.Select(prompt => scores[at..(at += prompt.TargetCount)])];
    }

    private static float[] Forward(ModelWeights weights, params PackedPrompt[] prompts)
    {
        using var model = weights.CreateModel(CPU);
        return Forward(model, weights.Configuration, prompts);
    }

    private static float[] Forward(ClickModel model, ModelConfiguration configuration, PackedPrompt[] prompts)
    {
        using var untracked = no_grad();
        using var logits = model.Forward(new PromptStream(prompts, configuration));
        return logits.data<float>().ToArray();
    }
}
