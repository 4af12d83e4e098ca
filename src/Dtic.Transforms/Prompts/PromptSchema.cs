using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>The columns of packed prompts in a view, and what the prompt column's annotations say.</summary>
internal sealed class PromptSchema
{
    private static readonly VectorDataViewType Integers = new(NumberDataViewType.Int32);

    private readonly DataViewSchema _schema;
    private readonly DataViewSchema.Column _prompt, _starts, _known;

    private PromptSchema(DataViewSchema schema, string promptColumnName)
    {
        _schema = schema;
        _prompt = Find(schema, promptColumnName);
        _starts = Find(schema, PromptColumns.InteractionStarts(promptColumnName));
        _known = Find(schema, PromptColumns.KnownOutcomes(promptColumnName));
        VocabularyHash = Annotation<ReadOnlyMemory<char>>(PromptColumns.VocabularyHash, TextDataViewType.Instance).ToString();
        VocabularySize = Annotation<int>(PromptColumns.VocabularySize, NumberDataViewType.Int32);
        ContextLength = Annotation<int>(PromptColumns.ContextLength, NumberDataViewType.Int32);
        IsRequest = Annotation<ReadOnlyMemory<char>>(PromptColumns.Form, TextDataViewType.Instance).Span.SequenceEqual(PromptColumns.RequestForm);
    }

    /// <summary>Hash of the vocabulary that the token ids come from.</summary>
    public string VocabularyHash { get; }

    /// <summary>Number of token ids.</summary>
    public int VocabularySize { get; }

    /// <summary>n, in interactions.</summary>
    public int ContextLength { get; }

    /// <summary>Whether each row is one request: exactly one target, other columns as they came.</summary>
    public bool IsRequest { get; }

    /// <summary>What a prompt is read from.</summary>
    public IReadOnlyList<DataViewSchema.Column> Columns => [_prompt, _starts, _known];

    /// <exception cref="ArgumentOutOfRangeException">A column is missing or was not written by PackPrompts.</exception>
    public static PromptSchema Read(DataViewSchema schema, string promptColumnName) => new(schema, promptColumnName);

    /// <summary>The column with the times of the targets.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The view has none.</exception>
    public DataViewSchema.Column TimeColumn()
    {
        string name = Annotation<ReadOnlyMemory<char>>(PromptColumns.TimeColumn, TextDataViewType.Instance).ToString();
        if (_schema.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(name), $"Column '{name}', which holds the times of the targets, is missing. PackPrompts writes it; keep it beside the prompts.");
        return column.Type is VectorDataViewType ? column : throw new ArgumentOutOfRangeException(
            nameof(name), $"Column '{name}' (time) has type {column.Type}, expected a vector with one time per target, as PackPrompts writes it.");
    }

    /// <summary>Reads the times of the targets of the row's current position, as instants of <see cref="Interactions.TimeColumn"/>.</summary>
    public static Func<long[]> TimeGetter(DataViewRow row, DataViewSchema.Column column) => Interactions.TimeColumn.CreateVectorReader(row, column);

    /// <summary>Reads the prompt of the row's current position; the prompt owns its memory. What is none throws <see cref="InvalidOperationException"/>: native code relies on it.</summary>
    public Func<PackedPrompt> Getter(DataViewRow row)
    {
        var tokens = Reader(row, _prompt);
        var starts = Reader(row, _starts);
        var known = Reader(row, _known);
        return () =>
        {
            var prompt = new PackedPrompt(tokens(), starts(), known());
            return prompt.Problem(VocabularySize) is { } problem
                ? throw new InvalidOperationException($"Column '{_prompt.Name}' holds a prompt that PackPrompts did not write so: {problem}. Leave the columns of prompts as they are.")
                : prompt;
        };
    }

    private static Func<int[]> Reader(DataViewRow row, DataViewSchema.Column column)
    {
        var getter = row.GetGetter<VBuffer<int>>(column);
        VBuffer<int> values = default;
        return () =>
        {
            getter(ref values);
            return [.. values.DenseValues()];
        };
    }

    /// <summary>What is wrong where a column of the prompts is missing, and what to do.</summary>
    /// <param name="name">The column.</param>
    /// <param name="exists">Whether there is a column of a name.</param>
    public static string Missing(string name, Func<string, bool> exists) =>
        exists(PromptColumns.HistoryLength(name)) && exists("Score")
            ? $"Column '{name}' is missing: these rows are scored already, and a scorer uses up the prompts. A pipeline holds one click model; to train another, fit PackPrompts once and give packer.Transform(data) to each trainer's Fit."
            : $"Column '{name}' is missing. Put PackPrompts before the trainer; it writes this column.";

    private static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(schema), Missing(name, other => schema.GetColumnOrNull(other) is not null));
        return column.Type.Equals(Integers)
            ? column
            : throw new ArgumentOutOfRangeException(nameof(schema), $"Column '{name}' has type {column.Type}, expected {Integers} as PackPrompts writes it.");
    }

    private T Annotation<T>(string name, DataViewType type)
    {
        if (_prompt.Annotations.Schema.GetColumnOrNull(name) is not { } annotation || !annotation.Type.Equals(type))
            throw new ArgumentOutOfRangeException(name, $"Column '{_prompt.Name}' lacks the annotation '{name}' of type {type}: it was not written by PackPrompts.");
        T value = default!;
        _prompt.Annotations.GetValue(name, ref value);
        return value;
    }
}
