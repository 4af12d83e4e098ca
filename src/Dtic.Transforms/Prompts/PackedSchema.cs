using Dtic.Transforms.Data;
using Dtic.Transforms.Interactions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>The columns of packed prompts: the user, the prompt, then with one slot per target the history's length, every other source column and, where wanted, the number of the row.</summary>
internal sealed class PackedSchema
{
    /// <summary>Index of the token column; the user stands before it.</summary>
    public const int FirstPromptColumn = 1;

    /// <summary>Index of the column with the history's length of each target.</summary>
    public const int HistoryLengthColumn = FirstPromptColumn + PromptParts.ColumnCount;

    /// <summary>Index of the first source column with a slot per target.</summary>
    public const int FirstTargetColumn = HistoryLengthColumn + 1;

    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    public PackedSchema(DataViewSchema source, PromptTemplate template, PromptSource promptSource)
    {
        Interactions = InteractionColumns.Find(source, template);
        var schema = new DataViewSchema.Builder();
        schema.AddColumn(Interactions.User.Name, Interactions.User.Type, Interactions.User.Annotations);
        PromptParts.AddColumns(schema, template.OutputColumn, promptSource, PromptColumns.InteractionsForm, Interactions.Time.Name);
        schema.AddColumn(PromptColumns.HistoryLength(template.OutputColumn), new VectorDataViewType(NumberDataViewType.Int32));
        string[] taken =
        [
            Interactions.User.Name,
            template.OutputColumn,
            PromptColumns.InteractionStarts(template.OutputColumn),
            PromptColumns.KnownOutcomes(template.OutputColumn),
            PromptColumns.HistoryLength(template.OutputColumn),
        ];
        DataViewSchema.Column[] others = [.. source.Where(column => !column.IsHidden && !taken.Contains(column.Name))];
        TargetColumns = [.. others.Where(column => ColumnBuffer.Supports(column.Type))];
        Dropped = [.. others.Where(column => !ColumnBuffer.Supports(column.Type)).Select(column => column.Name)];
        foreach (var column in TargetColumns)
        {
            AddTargetColumn(schema, column);
        }

        if (template.RowNumberColumn is { } number)
        {
            if (taken.Contains(number) || TargetColumns.Any(column => column.Name == number))
            {
                throw new ArgumentException($"RowNumberColumnName '{number}' is the name of another column: take one that is free.");
            }

            RowNumberColumn = FirstTargetColumn + TargetColumns.Count;
            schema.AddColumn(number, new VectorDataViewType(NumberDataViewType.Int64));
        }

        Output = schema.ToSchema();
    }

    /// <summary>Where interactions stand in the source.</summary>
    public InteractionColumns Interactions { get; }

    public DataViewSchema Output { get; }

    /// <summary>Index of the column with the source row of each target; null: there is none.</summary>
    public int? RowNumberColumn { get; }

    /// <summary>The source columns that get a slot per target, in the order of the output from <see cref="FirstTargetColumn"/> on.</summary>
    public IReadOnlyList<DataViewSchema.Column> TargetColumns { get; }

    /// <summary>The names of the source columns that cannot: variable vectors and custom types.</summary>
    public IReadOnlyList<string> Dropped { get; }

    private static void AddTargetColumn(DataViewSchema.Builder schema, DataViewSchema.Column column)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.Add(column.Annotations, name => name is KeyValues.AnnotationName or "SlotNames");
        var item = column.Type;
        if (column.Type is VectorDataViewType vector)
        {
            item = vector.ItemType;
            int[] sizes = [.. vector.Dimensions];
            annotations.Add(
                PromptColumns.FlattenedDimensions, new VectorDataViewType(NumberDataViewType.Int32, sizes.Length), (ref VBuffer<int> value) => new VBuffer<int>(sizes.Length, sizes).CopyTo(ref value));
        }

        schema.AddColumn(column.Name, new VectorDataViewType((PrimitiveDataViewType)item), annotations.ToAnnotations());
    }
}
