using System.Text.Json.Serialization;
using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>How interactions become prompts: everything but the vocabulary. Immutable; it is the content of prompt.json.</summary>
internal sealed record PromptTemplate
{
    public required string OutputColumn { get; init; }

    public required string UserColumn { get; init; }

    public required string TimeColumn { get; init; }

    public required string? LabelColumn { get; init; }

    public required string? TargetColumn { get; init; }

    /// <summary>The columns of an interaction, in the order of their tokens.</summary>
    public required IReadOnlyList<ItemColumn> ItemColumns { get; init; }

    /// <summary>The columns of a prompt's prefix.</summary>
    public required IReadOnlyList<ItemColumn> PrefixColumns { get; init; }

    public required int ContextLength { get; init; }

    public required int TargetsPerPrompt { get; init; }

    public required int MaximumTokensPerInteraction { get; init; }

    public required OutcomeOrder OutcomeOrder { get; init; }

    public required TimeSpan OutcomeDelay { get; init; }

    public required double OutcomeDelayUnits { get; init; }

    public required bool InputIsSorted { get; init; }

    public required string HistoryPrefix { get; init; }

    /// <summary>Null: rows are not numbered. Files of packers that were saved before there were numbers lack it.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? RowNumberColumn { get; init; }

    /// <summary>All columns that give tokens.</summary>
    public IEnumerable<ItemColumn> TokenColumns() => ItemColumns.Concat(PrefixColumns);

    /// <summary>The template for interactions of that schema.</summary>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    public static PromptTemplate Create(PromptPackingEstimator.Options options, DataViewSchema schema)
    {
        var template = new PromptTemplate
        {
            OutputColumn = options.OutputColumnName,
            UserColumn = options.UserColumnName,
            TimeColumn = options.TimeColumnName,
            LabelColumn = options.LabelColumnName,
            TargetColumn = options.TargetColumnName,
            ItemColumns =
            [
                .. options.CategoricalColumnNames.Select(name => Bind(name, ItemRole.Categorical)),
                .. options.NumericColumnNames.Select(name => Bind(name, ItemRole.Numeric)),
                .. options.TextColumnNames.Select(name => Bind(name, ItemRole.Text)),
            ],
            PrefixColumns = [.. options.UserColumnNames.Select(name => Bind(name, ItemColumn.IsMeasure(Type(name, "user")) ? ItemRole.Numeric : ItemRole.Categorical))],
            ContextLength = options.ContextLength,
            TargetsPerPrompt = options.TargetsPerPrompt,
            MaximumTokensPerInteraction = options.MaximumTokensPerInteraction,
            OutcomeOrder = options.OutcomeOrder,
            OutcomeDelay = options.OutcomeDelay,
            OutcomeDelayUnits = options.OutcomeDelayUnits,
            InputIsSorted = options.InputIsSorted,
            HistoryPrefix = options.HistoryPrefix,
            RowNumberColumn = options.RowNumberColumnName,
        };
        return template;

        ItemColumn Bind(string name, ItemRole role) =>
            ItemColumn.Create(name, role, options.Separators.TryGetValue(name, out char separator) && role == ItemRole.Categorical ? separator : null, Type(name, RoleName(role)));

        DataViewType Type(string name, string role) => SourceSchema.Find(schema, name, role).Type;
    }

    /// <summary>A role as messages name it.</summary>
    public static string RoleName(ItemRole role) => role switch
    {
        ItemRole.Categorical => "categorical",
        ItemRole.Numeric => "numeric",
        _ => "text",
    };

    /// <summary>The options that this template was made of, as far as it keeps them.</summary>
    public PromptPackingEstimator.Options ToOptions()
    {
        var options = new PromptPackingEstimator.Options
        {
            OutputColumnName = OutputColumn,
            UserColumnName = UserColumn,
            TimeColumnName = TimeColumn,
            LabelColumnName = LabelColumn,
            TargetColumnName = TargetColumn,
            CategoricalColumnNames = Names(ItemRole.Categorical),
            NumericColumnNames = Names(ItemRole.Numeric),
            TextColumnNames = Names(ItemRole.Text),
            UserColumnNames = [.. PrefixColumns.Select(column => column.Name)],
            ContextLength = ContextLength,
            TargetsPerPrompt = TargetsPerPrompt,
            MaximumTokensPerInteraction = MaximumTokensPerInteraction,
            OutcomeOrder = OutcomeOrder,
            OutcomeDelay = OutcomeDelay,
            OutcomeDelayUnits = OutcomeDelayUnits,
            InputIsSorted = InputIsSorted,
            HistoryPrefix = HistoryPrefix,
            RowNumberColumnName = RowNumberColumn,
        };
        foreach (var column in TokenColumns())
        {
            if (column.Separator is char separator)
            {
                options.Separators[column.Name] = separator;
            }
        }

        return options;

        string[] Names(ItemRole role) => [.. ItemColumns.Where(column => column.Role == role).Select(column => column.Name)];
    }
}
