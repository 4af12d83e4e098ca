using Dtic.Transforms.Interactions;

namespace Dtic.Transforms.Prompts;

/// <summary>Counts the tokens of prompts without laying them out.</summary>
internal static class PromptMeasure
{
    /// <summary>Goes through all histories.</summary>
    public static PromptStatistics Count(UserHistories histories, PromptTemplate template)
    {
        long prompts = 0, targets = 0, tokens = 0, slidingTokens = 0;
        var table = histories.Table;
        int[]? rows = null;
        long[] ends = [];
        while (histories.MoveNext())
        {
            int prefix = table.Prefix(histories.Rows.Span[0]).Length;
            foreach (var prompt in PromptPlan.Plan(table, histories.Rows, template.ContextLength, template.TargetsPerPrompt))
            {
                int count = prompt.Rows[prompt.Range.FirstTarget..prompt.Range.End].Count(table.IsTarget);
                prompts++;
                targets += count;
                tokens += prefix + Interactions(prompt) + count - 1;   // a [SUM] per target; the last outcome is left out
            }

            slidingTokens += PromptPlan.Plan(table, histories.Rows, template.ContextLength, targetsPerPrompt: 1).Sum(prompt => prefix + Interactions(prompt));
        }

        return new PromptStatistics(prompts, targets, tokens, slidingTokens);

        // The tokens of a prompt's interactions, each with its outcome.
        long Interactions(PlannedPrompt prompt)
        {
            if (rows != prompt.Rows)
            {
                rows = prompt.Rows;
                ends = new long[rows.Length + 1];
                for (int i = 0; i < rows.Length; i++)
                {
                    ends[i + 1] = ends[i] + table.Items(rows[i]).Length + 1;
                }
            }

            return ends[prompt.Range.End] - ends[prompt.Range.Begin];
        }
    }
}
