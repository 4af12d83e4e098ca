using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Where interactions stand in a view: the columns of a template, found and checked.</summary>
internal sealed class InteractionColumns
{
    private readonly DataViewSchema _schema;

    private InteractionColumns(DataViewSchema schema, PromptTemplate template)
    {
        _schema = schema;
        User = UserColumn.Find(schema, template.UserColumn);
        Time = TimeColumn.Find(schema, template.TimeColumn);
        Label = template.LabelColumn is { } label && schema.GetColumnOrNull(label) is not null ? OutcomeColumn.Find(schema, label) : null;
        Target = template.TargetColumn is { } target ? schema.GetColumnOrNull(target) : null;
        if (Target is { } flag && flag.Type is not BooleanDataViewType)
        {
            throw SourceSchema.WrongType(flag.Name, flag.Type, "target flag", "Boolean");
        }

        OutcomeRule = OutcomeRule.Create(template, Time.Type);
        foreach (var column in template.TokenColumns())
        {
            var found = SourceSchema.Find(schema, column.Name, PromptTemplate.RoleName(column.Role));
            column.Check(found.Type);
            KeyValues.RequireMeaning(found);
        }

        CanBeBlank = ItemReader.CanBeBlank(template.ItemColumns.Select(column => FindShown(column).Type));
    }

    public DataViewSchema.Column User { get; }

    public DataViewSchema.Column Time { get; }

    /// <summary>Null where there are no labels: outcomes are unknown.</summary>
    public DataViewSchema.Column? Label { get; }

    /// <summary>Null where all interactions are targets.</summary>
    public DataViewSchema.Column? Target { get; }

    /// <summary>Which outcomes an interaction sees.</summary>
    public OutcomeRule OutcomeRule { get; }

    /// <summary>Whether the item columns may be such that nothing stands in any of them; then they are looked at even where tokens are not asked for.</summary>
    public bool CanBeBlank { get; }

    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    public static InteractionColumns Find(DataViewSchema schema, PromptTemplate template) => new(schema, template);

    /// <summary>The column of that name.</summary>
    public DataViewSchema.Column Find(ItemColumn column) => _schema[column.Name];

    /// <summary>The column whose values a request would bring: that of the name, before a transform wrote over it.</summary>
    public DataViewSchema.Column FindShown(ItemColumn column) => ReplacedColumns.Original(_schema, column) ?? Find(column);
}
