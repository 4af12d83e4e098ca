using Dtic.Transforms.Interactions;

namespace Dtic.Transforms.Prompts;

/// <summary>Counts the tokens of prompts without laying them out.</summary>
internal static class PromptMeasure
{
    /// <summary>Goes through all histories.</summary>
    public static PromptStatistics Count(UserHistories histories, PromptTemplate template)
    {
        long prompts = 0, targets = 0, tokens = 0, slidingTokens = 0;
        while (histories.MoveNext())
        {
            var table = histories.Table;
            int[] rows = histories.Rows.ToArray();
            bool[] isTarget = Array.ConvertAll(rows, table.IsTarget);
            int prefix = table.Prefix(rows[0]).Length;

            // ends[i]: the tokens of the interactions before i, each with its outcome.
            var ends = new long[rows.Length + 1];
            for (int i = 0; i < rows.Length; i++)
            {
                ends[i + 1] = ends[i] + table.Items(rows[i]).Length + 1;
            }

            foreach (var range in PromptPlan.Cut(isTarget, template.ContextLength, template.TargetsPerPrompt))
            {
                int count = isTarget.AsSpan(range.FirstTarget..range.End).Count(true);
                prompts++;
                targets += count;
                tokens += prefix + ends[range.End] - ends[range.Begin] + count - 1;   // a [SUM] per target; the last outcome is left out
            }

            foreach (var range in PromptPlan.Cut(isTarget, template.ContextLength, targetsPerPrompt: 1))
            {
                slidingTokens += prefix + ends[range.End] - ends[range.Begin];
            }
        }

        return new PromptStatistics(prompts, targets, tokens, slidingTokens);
    }
}
