using Dtic.Transforms.Prompts;
using Microsoft.ML;

namespace Dtic.MLNet.Scoring;

/// <summary>The columns of scored rows: those that pass, then <see cref="ScoreColumns"/>.</summary>
internal sealed class ScoredSchema
{
    /// <param name="source">The schema of the prompts.</param>
    /// <param name="prompts">The prompts' own columns in it: not passed on, except in request form, where columns are only appended.</param>
    /// <param name="calibration">How scores become probabilities.</param>
    public ScoredSchema(DataViewSchema source, PromptSchema prompts, PlattScaling calibration)
    {
        Calibration = calibration;
        Prompts = prompts;
        var own = prompts.Columns.Select(column => column.Index).ToHashSet();
        var builder = new DataViewSchema.Builder();
        if (prompts.IsRequest)
        {
            Passed = [.. source];
            builder.AddColumns(source);
        }
        else
        {
            Passed = [.. source.Where(column => !column.IsHidden && !own.Contains(column.Index))];
            foreach (var column in Passed)
            {
                var annotations = new DataViewSchema.Annotations.Builder();
                annotations.Add(column.Annotations, name => name != PromptColumns.FlattenedDimensions);
                builder.AddColumn(column.Name, PassedColumn.TypeOf(column), annotations.ToAnnotations());
            }
        }

        ScoreColumns.AddTo(builder, source);
        Output = builder.ToSchema();
    }

    public PromptSchema Prompts { get; }

    public PlattScaling Calibration { get; }

    /// <summary>For each of the first output columns the source column that it comes from.</summary>
    public IReadOnlyList<DataViewSchema.Column> Passed { get; }

    public DataViewSchema Output { get; }
}
