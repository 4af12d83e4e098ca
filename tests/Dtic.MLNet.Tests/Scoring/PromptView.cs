using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests.Scoring;

/// <summary>Prompts in memory, with any columns beside them; remembers which columns each cursor was opened for.</summary>
internal sealed class PromptView : SerialView
{
    private readonly Column[] _columns;
    private readonly int _count;

    private PromptView(DataViewSchema schema, Column[] columns, int count)
        : base(schema)
    {
        _columns = columns;
        _count = count;
    }

    public List<string[]> Opened { get; } = [];

    /// <param name="prompts">The prompts.</param>
    /// <param name="model">Whose vocabulary and context length the annotations tell.</param>
    /// <param name="isRequest">Request form or whole histories.</param>
    /// <param name="beside">The other columns, placed before the prompts.</param>
    public static PromptView Of(PackedPrompt[] prompts, Dtic.MLNet.Model.ModelConfiguration model, bool isRequest = false, params Column[] beside)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue(PromptColumns.VocabularyHash, TextDataViewType.Instance, model.VocabularyHash.AsMemory());
        annotations.AddPrimitiveValue(PromptColumns.VocabularySize, NumberDataViewType.Int32, model.VocabularySize);
        annotations.AddPrimitiveValue(PromptColumns.ContextLength, NumberDataViewType.Int32, model.ContextLength);
        annotations.AddPrimitiveValue(PromptColumns.Form, TextDataViewType.Instance, (isRequest ? PromptColumns.RequestForm : PromptColumns.InteractionsForm).AsMemory());
        return With(
            prompts.Length,
            [
                .. beside,
                Column.Vectors("Prompt", NumberDataViewType.Int32, [.. prompts.Select(p => p.Tokens.ToArray())], annotations: annotations),
                Column.Vectors(PromptColumns.InteractionStarts("Prompt"), NumberDataViewType.Int32, [.. prompts.Select(p => p.InteractionStarts.ToArray())]),
                Column.Vectors(PromptColumns.KnownOutcomes("Prompt"), NumberDataViewType.Int32, [.. prompts.Select(p => p.KnownOutcomes.ToArray())]),
            ]);
    }

    public static PromptView With(int count, params Column[] columns)
    {
        var schema = new DataViewSchema.Builder();
        foreach (var column in columns)
        {
            schema.AddColumn(column.Name, column.Type, column.Annotations?.ToAnnotations());
        }

        return new PromptView(schema.ToSchema(), columns, count);
    }

    /// <summary>Every target of the prompts as a request of its own.</summary>
    public static PromptView Requests(IEnumerable<PackedPrompt> prompts, Dtic.MLNet.Model.ModelConfiguration model) =>
        Of([.. prompts.SelectMany(p => Enumerable.Range(0, p.TargetCount).Select(t => p.Slice(t, 1, model.ContextLength)))], model, isRequest: true);

    /// <summary>A label column for the prompts, clicked where <paramref name="label"/> says so for the target's number over all prompts.</summary>
    public static Column Labels(PackedPrompt[] prompts, Func<int, bool> label)
    {
        int at = 0;
        return Column.Vectors("Label", BooleanDataViewType.Instance, [.. prompts.Select(p => Enumerable.Range(0, p.TargetCount).Select(_ => label(at++)).ToArray())]);
    }

    protected override DataViewRowCursor Open(bool[] active)
    {
        Opened.Add([.. Schema.Where(column => active[column.Index]).Select(column => column.Name)]);
        return new Cursor(this, active);
    }

    private sealed class Cursor(PromptView view, bool[] active) : SerialCursor(view.Schema, active)
    {
        private int _row = -1;

        protected override bool Advance() => ++_row < view._count;

        protected override Delegate CreateGetter(int column) => view._columns[column].CreateGetter(() =>
        {
            RequireRow();
            return _row;
        });
    }

    internal sealed record Column(string Name, DataViewType Type, DataViewSchema.Annotations.Builder? Annotations, Func<Func<int>, Delegate> CreateGetter)
    {
        public static Column Values<T>(string name, DataViewType type, T[] values, DataViewSchema.Annotations.Builder? annotations = null) =>
            new(name, type, annotations, row => (ValueGetter<T>)((ref T value) => value = values[row()]));

        /// <summary>Vectors of variable size, or of <paramref name="size"/>.</summary>
        public static Column Vectors<T>(
            string name, PrimitiveDataViewType item, T[][] values, int? size = null, DataViewSchema.Annotations.Builder? annotations = null) =>
            new(name, size is { } known ? new VectorDataViewType(item, known) : new VectorDataViewType(item), annotations, row => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
            {
                T[] from = values[row()];
                var editor = VBufferEditor.Create(ref value, from.Length);
                from.CopyTo(editor.Values);
                value = editor.Commit();
            }));
    }
}
