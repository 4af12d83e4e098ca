using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>Sinks that append the tokens of values.</summary>
internal static class EncodingSink
{
    /// <summary>The sink for a column.</summary>
    /// <param name="column">The column.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="tokens">Where they are appended.</param>
    /// <param name="maximumTokens">So many are read of <paramref name="tokens"/>: once it holds them, values are not looked at.</param>
    public static ItemSink Create(ItemColumn column, Vocabulary vocabulary, List<int> tokens, int maximumTokens) => column.Role switch
    {
        ItemRole.Categorical => new CategorySink(column, vocabulary.Categories(column.Name), tokens, maximumTokens),
        ItemRole.Numeric => new NumberSink([.. column.NumericNames.Select(vocabulary.Numbers)], tokens),
        _ => new TextSink(vocabulary.Text, tokens, maximumTokens),
    };

    private sealed class CategorySink(ItemColumn column, CategoryTokens categories, List<int> tokens, int maximumTokens) : ItemSink.Categorical(column.Separator)
    {
        private bool _any;

        protected override bool IsFull => tokens.Count >= maximumTokens;

        public override void End()
        {
            if (!_any)
            {
                tokens.Add(categories.Unknown);
            }

            _any = false;
        }

        protected override void AddValue(ReadOnlySpan<char> value)
        {
            tokens.Add(categories.Encode(value));
            _any = true;
        }
    }

    private sealed class NumberSink(NumberTokens[] numbers, List<int> tokens) : ItemSink
    {
        private int _slot;

        public override void Add(double value) => tokens.Add(numbers[_slot++].Encode(value));

        public override void End() => _slot = 0;
    }

    private sealed class TextSink(TextTokens text, List<int> tokens, int maximumTokens) : ItemSink
    {
        public override void Add(ReadOnlySpan<char> value) => text.Encode(value, tokens, maximumTokens);
    }
}
