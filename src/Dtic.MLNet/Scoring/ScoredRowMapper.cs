using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Scoring;

/// <summary>Scores requests row by row, as a prediction engine asks for them.</summary>
internal static class ScoredRowMapper
{
    /// <summary>A mapper that appends <see cref="ScoreColumns"/> to rows in request form.</summary>
    public static IRowToRowMapper Create(DataViewSchema source, ScoredSchema schema, SharedScorer scorer, ScoringMode mode) =>
        new AppendingRowMapper(source, schema.Output, schema.Prompts.Columns, row =>
        {
            var readPrompt = schema.Prompts.Getter(row);
            long scoredRow = -1;
            float logit = 0;
            return appended => ScoreColumns.CreateGetter(appended, Logit, schema.Calibration);

            float Logit()
            {
                if (row.Position != scoredRow || scoredRow < 0)
                {
                    logit = scorer.Score([readPrompt()], mode)[0][0];
                    scoredRow = row.Position;
                }

                return logit;
            }
        });
}
