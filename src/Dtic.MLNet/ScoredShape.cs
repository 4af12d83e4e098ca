using Dtic.MLNet.Scoring;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Interop;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;
using VectorKind = Microsoft.ML.SchemaShape.Column.VectorKind;

namespace Dtic.MLNet;

/// <summary>The columns of scored rows, as far as shapes tell them before anything is fitted.</summary>
internal static class ScoredShape
{
    public static SchemaShape Of(SchemaShape prompts, string labelColumnName, string promptColumnName)
    {
        string[] own = [promptColumnName, PromptColumns.InteractionStarts(promptColumnName), PromptColumns.KnownOutcomes(promptColumnName)];
        foreach (string name in own) Require(prompts, name, type => type == NumberDataViewType.Int32, "Int32", PromptSchema.Missing(name, other => prompts.Any(column => column.Name == other)));
        Require(prompts, labelColumnName, OutcomeColumn.IsLabel, LabelReader.Types, LabelReader.Missing(labelColumnName));
        var scores = new DataViewSchema.Builder();
        ScoreColumns.AddTo(scores, MLNetInternals.Example(prompts));
        return new SchemaShape(prompts.Where(column => !own.Contains(column.Name)).Select(Passed).Concat(MLNetInternals.Shape(scores.ToSchema())));
    }

    /// <summary>A variable vector holds a value of each target, or a vector of fixed size where it is annotated so.</summary>
    private static SchemaShape.Column Passed(SchemaShape.Column column)
    {
        var annotations = column.Annotations.Where(annotation => annotation.Name != PromptColumns.FlattenedDimensions).ToList();
        bool isFlattened = annotations.Count < column.Annotations.Count;
        var kind = column.Kind != VectorKind.VariableVector ? column.Kind : isFlattened ? VectorKind.Vector : VectorKind.Scalar;
        return MLNetInternals.ShapeColumn(column.Name, kind, column.ItemType, column.IsKey, new SchemaShape(annotations));
    }

    private static void Require(SchemaShape shape, string name, Func<DataViewType, bool> fits, string wanted, string missing)
    {
        foreach (var column in shape)
        {
            if (column.Name != name) continue;
            if (column.Kind == VectorKind.VariableVector && fits(column.ItemType)) return;
            throw new ArgumentOutOfRangeException(nameof(shape), $"Column '{name}' is a {column.Kind} of {column.ItemType}, expected a VariableVector of {wanted}.");
        }
        throw new ArgumentOutOfRangeException(nameof(shape), missing);
    }
}
