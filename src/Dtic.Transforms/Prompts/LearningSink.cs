using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>Sinks that show values to a vocabulary's builder and tell a sample how many tokens they give.</summary>
internal static class LearningSink
{
    /// <summary>The sinks of all columns of a row.</summary>
    public static IEnumerable<ItemSink> Create(IReadOnlyList<ItemColumn> columns, VocabularyBuilder builder, TokenSample sample) =>
        columns.Select<ItemColumn, ItemSink>((column, index) => column.Role switch
        {
            ItemRole.Categorical => new CategorySink(column, index, builder, sample),
            ItemRole.Numeric => new NumberSink(column, index, builder, sample),
            _ => new TextSink(index, builder, sample),
        });

    private sealed class CategorySink(ItemColumn column, int index, VocabularyBuilder builder, TokenSample sample) : ItemSink.Categorical(column.Separator)
    {
        private bool _any;

        public override void End()
        {
            if (!_any)
            {
                sample.AddToken(index);
            }

            _any = false;
        }

        protected override void AddValue(ReadOnlySpan<char> value)
        {
            builder.AddCategory(column.Name, value);
            sample.AddToken(index);
            _any = true;
        }
    }

    private sealed class NumberSink(ItemColumn column, int index, VocabularyBuilder builder, TokenSample sample) : ItemSink
    {
        private readonly string[] _names = [.. column.NumericNames];
        private int _slot;

        public override void Add(double value)
        {
            builder.AddNumber(_names[_slot++], value);
            sample.AddToken(index);
        }

        public override void End() => _slot = 0;
    }

    /// <summary>Words that no interaction has room for are never read, so nothing is learned from them.</summary>
    private sealed class TextSink(int index, VocabularyBuilder builder, TokenSample sample) : ItemSink
    {
        public override void Add(ReadOnlySpan<char> value) => sample.AddText(index, value, builder.AddText(value, Math.Max(0, sample.Room)));
    }
}
