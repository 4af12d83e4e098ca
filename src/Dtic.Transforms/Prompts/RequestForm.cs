using Dtic.Transforms.Data;
using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>
/// Rows that each ask for one click probability: the candidate's columns under their own names, and for each a vector with the values of the user's
/// past interactions, oldest first.
/// </summary>
internal sealed class RequestForm
{
    private readonly PromptTemplate _template;
    private readonly Dictionary<string, DataViewSchema.Column> _columns = new(StringComparer.Ordinal);
    private readonly DataViewSchema.Column? _historyLabel;
    private readonly DataViewSchema.Column? _time;
    private readonly DataViewSchema.Column? _historyTime;

    private RequestForm(DataViewSchema schema, PromptTemplate template)
    {
        _template = template;
        string[] wanted = [.. HistoryNames(template)];
        string[] missing = [.. template.TokenColumns().Select(column => column.Name).Concat(wanted).Where(name => schema.GetColumnOrNull(name) is null).Distinct()];
        if (missing.Length > 0)
        {
            string found = string.Join(", ", wanted.Append(HistoryName(template, template.TimeColumn)).Where(name => schema.GetColumnOrNull(name) is not null));
            throw new ArgumentException(
                $"The columns are neither interactions nor a request: there is {found}, but no {string.Join(", ", missing)}. "
                + $"A request has {string.Join(", ", template.TokenColumns().Select(column => column.Name).Distinct())} of the candidate and the vectors {string.Join(", ", wanted)}.");
        }

        foreach (var column in template.ItemColumns)
        {
            if (column.Size != 0)
            {
                throw new ArgumentException(
                    $"Column '{column.Name}' is a vector in the interactions; it has no request form, because a history of vectors would be one flat vector. Give its values as text with a separator.");
            }

            Bind(schema, column, HistoryName(template, column.Name), isHistory: true);
        }

        foreach (var column in template.TokenColumns())
        {
            Bind(schema, column, column.Name, isHistory: false);
        }

        if (LabelName(template) is { } label)
        {
            _historyLabel = schema[label];
            OutcomeColumn.CheckHistory(label, ItemType(schema[label]));
        }

        string historyTime = HistoryName(template, template.TimeColumn);
        if (schema.GetColumnOrNull(historyTime) is { } times)
        {
            _historyTime = times;
            _time = TimeColumn.Find(schema, template.TimeColumn);
            if (!ItemType(times).Equals(_time.Value.Type))
            {
                throw SourceSchema.WrongType(historyTime, times.Type, "history", $"a vector of {SourceSchema.Describe(_time.Value.Type)}, as '{template.TimeColumn}' is");
            }

            OutcomeRule = OutcomeRule.Create(template, _time.Value.Type);
        }

        var output = new HashSet<int>(_columns.Values.Select(column => column.Index));
        output.UnionWith(new[] { _historyLabel, _time, _historyTime }.OfType<DataViewSchema.Column>().Select(column => column.Index));
        Dependencies = [.. output.Order().Select(index => schema[index])];
    }

    /// <summary>All columns that a prompt is made of.</summary>
    public IReadOnlyList<DataViewSchema.Column> Dependencies { get; }

    /// <summary>Without times the order decides.</summary>
    public OutcomeRule OutcomeRule { get; } = OutcomeRule.ByOrder;

    /// <summary>Whether any column of a history is there. Then the schema is a request, or a mistake.</summary>
    public static bool IsMeant(DataViewSchema schema, PromptTemplate template) =>
        HistoryNames(template).Any(name => schema.GetColumnOrNull(name) is not null);

    /// <summary>Throws where rows to learn from bring the history of their user.</summary>
    /// <exception cref="ArgumentException">They do.</exception>
    public static void RequireNone(DataViewSchema schema, PromptTemplate template)
    {
        if (IsMeant(schema, template))
        {
            throw new ArgumentException(
                $"The rows bring their own history ({string.Join(", ", HistoryNames(template).Where(name => schema.GetColumnOrNull(name) is not null))}), from which PackPrompts cannot learn. Fit wants interactions, "
                + "one row for each thing that was shown, and makes the history of each row of the same user's earlier rows: give past interactions as rows of their own. "
                + "Rows with a history are requests, which a fitted model scores. If the columns are something else, rename them, or choose another HistoryPrefix.");
        }
    }

    /// <summary>The request form of that schema.</summary>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    public static RequestForm Find(DataViewSchema schema, PromptTemplate template) => new(schema, template);

    /// <summary>The columns that a request has for the user's history, in words.</summary>
    public static string Describe(PromptTemplate template) => string.Join(", ", HistoryNames(template));

    /// <summary>What reads requests from a row.</summary>
    public RequestReader CreateReader(DataViewRow row, Vocabulary vocabulary) => new(
        _template,
        OutcomeRule,
        candidate: Items(row, vocabulary, _template.ItemColumns, name => name),
        prefix: Items(row, vocabulary, _template.PrefixColumns, name => name),
        history: Items(row, vocabulary, _template.ItemColumns, name => HistoryName(_template, name)),
        historyNames: [.. _template.ItemColumns.Select(column => HistoryName(_template, column.Name))],
        outcomes: _historyLabel is { } label ? (label.Name, OutcomeColumn.CreateValues(row, label)) : null,
        time: _time is { } time ? TimeColumn.CreateReader(row, time) : null,
        historyTimes: _historyTime is { } times ? (times.Name, TimeColumn.CreateValues(row, times)) : null);

    /// <summary>What reads the past interactions of a request as people write them.</summary>
    public RequestHistory CreateHistory(DataViewRow row) => new(_template.ItemColumns, row, column => _columns[HistoryName(_template, column.Name)]);

    private RequestItems Items(DataViewRow row, Vocabulary vocabulary, IReadOnlyList<ItemColumn> columns, Func<string, string> nameInRequest)
    {
        var reader = new ItemReader(columns, row, column => _columns[nameInRequest(column.Name)]);
        return new RequestItems(reader, new ItemEncoder(reader, columns, vocabulary, _template.MaximumTokensPerInteraction));
    }

    private static IEnumerable<string> HistoryNames(PromptTemplate template) =>
        template.ItemColumns.Select(column => HistoryName(template, column.Name)).Append(LabelName(template)).OfType<string>().Distinct();

    private static string HistoryName(PromptTemplate template, string name) => template.HistoryPrefix + name;

    private static string? LabelName(PromptTemplate template) => template.LabelColumn is { } label ? HistoryName(template, label) : null;

    private void Bind(DataViewSchema schema, ItemColumn column, string name, bool isHistory)
    {
        var found = schema[name];
        if (isHistory)
        {
            (column with { Name = name }).Check(ItemType(found));   // a complaint is about this column, not about the candidate's
        }
        else
        {
            column.Check(found.Type);
            if (found.Type is VectorDataViewType && column.Size == 0)
            {
                throw SourceSchema.WrongType(name, found.Type, "candidate", "a single value, as in Fit");
            }
        }

        KeyValues.RequireMeaning(found);
        _columns[name] = found;
    }

    private static PrimitiveDataViewType ItemType(DataViewSchema.Column column) =>
        column.Type is VectorDataViewType vector
            ? vector.ItemType
            : throw SourceSchema.WrongType(column.Name, column.Type, "history", "a vector with a value for each past interaction");
}
