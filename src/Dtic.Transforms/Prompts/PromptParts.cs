using System.Runtime.InteropServices;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>One prompt as the three columns hold it.</summary>
/// <param name="Tokens">Token ids.</param>
/// <param name="InteractionStarts">The first token of each interaction.</param>
/// <param name="KnownOutcomes">How many outcomes each interaction sees.</param>
internal readonly record struct PromptParts(List<int> Tokens, List<int> InteractionStarts, List<int> KnownOutcomes)
{
    /// <summary>How many columns a prompt has.</summary>
    public const int ColumnCount = 3;

    private static readonly VectorDataViewType Type = new(NumberDataViewType.Int32);

    /// <summary>Appends the three columns to a schema.</summary>
    /// <param name="schema">The schema to be.</param>
    /// <param name="name">The name of the token column.</param>
    /// <param name="source">What the prompts are made by.</param>
    /// <param name="form">Where they come from.</param>
    /// <param name="timeColumn">The column with the times of the targets; null: none.</param>
    public static void AddColumns(DataViewSchema.Builder schema, string name, PromptSource source, string form, string? timeColumn = null)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue(PromptColumns.VocabularyHash, TextDataViewType.Instance, source.VocabularyHash.AsMemory());
        annotations.AddPrimitiveValue(PromptColumns.VocabularySize, NumberDataViewType.Int32, source.VocabularySize);
        annotations.AddPrimitiveValue(PromptColumns.ContextLength, NumberDataViewType.Int32, source.ContextLength);
        annotations.AddPrimitiveValue(PromptColumns.Form, TextDataViewType.Instance, form.AsMemory());
        if (timeColumn is not null)
        {
            annotations.AddPrimitiveValue(PromptColumns.TimeColumn, TextDataViewType.Instance, timeColumn.AsMemory());
        }

        int[] specialTokens = [SpecialToken.Click, SpecialToken.NoClick, SpecialToken.Unknown, SpecialToken.Sum];
        annotations.Add(
            PromptColumns.SpecialTokens,
            new VectorDataViewType(NumberDataViewType.Int32, specialTokens.Length),
            (ref VBuffer<int> value) => new VBuffer<int>(specialTokens.Length, specialTokens).CopyTo(ref value));
        schema.AddColumn(name, Type, annotations.ToAnnotations());
        schema.AddColumn(PromptColumns.InteractionStarts(name), Type);
        schema.AddColumn(PromptColumns.KnownOutcomes(name), Type);
    }

    /// <summary>The getter of one of the three columns, over the prompt that <paramref name="current"/> gives when the getter is called.</summary>
    public static Delegate CreateGetter(int column, Func<PromptParts> current) => (ValueGetter<VBuffer<int>>)((ref VBuffer<int> value) =>
    {
        var parts = current();
        Copy(column == 0 ? parts.Tokens : column == 1 ? parts.InteractionStarts : parts.KnownOutcomes, ref value);
    });

    private static void Copy(List<int> values, ref VBuffer<int> destination)
    {
        var editor = VBufferEditor.Create(ref destination, values.Count);
        CollectionsMarshal.AsSpan(values).CopyTo(editor.Values);
        destination = editor.Commit();
    }
}

/// <summary>What prompts are made by, as their annotations tell.</summary>
/// <param name="VocabularyHash">Hash of the vocabulary.</param>
/// <param name="VocabularySize">Number of token ids.</param>
/// <param name="ContextLength">n, in interactions.</param>
internal readonly record struct PromptSource(string VocabularyHash, int VocabularySize, int ContextLength);
