using Dtic.Transforms;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Scoring;

/// <summary>Scores a request as it is, without any history, and without each interaction of its history in turn, all together.</summary>
internal static class LeaveOneOut
{
    public static ScoreExplanation Explain(PackedPrompt prompt, RequestHistory history, PromptPackingTransformer packer, SharedScorer scorer, PlattScaling calibration)
    {
        int last = prompt.InteractionCount - 1, first = history.Count - last;
        PackedPrompt[] variants = [prompt, prompt.Without(0, last), .. Enumerable.Range(0, last).Select(i => prompt.Without(i, i + 1))];
        float[] scores = [.. scorer.Score(variants, ScoringMode.Packed).Select(logits => logits[0])];
        return new ScoreExplanation
        {
            Score = scores[0],
            Probability = calibration.ColumnValue(scores[0]),
            EmptyHistoryScore = scores[1],
            EmptyHistoryProbability = calibration.ColumnValue(scores[1]),
            HistoryLength = history.Count,
            Interactions = [.. Enumerable.Range(0, last).Select(i => Effect(i, scores[i + 2]))],
        };

        InteractionEffect Effect(int interaction, float without)
        {
            var tokens = prompt.Interaction(interaction);
            bool? label = tokens[^1] switch { SpecialToken.Click => true, SpecialToken.NoClick => false, _ => null };
            return new InteractionEffect
            {
                Index = history.Index(first + interaction),
                Label = label,
                IsLabelSeen = label is not null && interaction < prompt.KnownOutcomes.Span[last],
                Values = history.Describe(first + interaction),
                Tokens = packer.DescribePrompt(tokens[..^1].ToArray()),
                ScoreWithout = without,
                Effect = (double)scores[0] - without,
            };
        }
    }
}
