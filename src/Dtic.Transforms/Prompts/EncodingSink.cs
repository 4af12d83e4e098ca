using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>Sinks that append the tokens of values.</summary>
internal static class EncodingSink
{
    /// <summary>The sink for a column.</summary>
    public static ItemSink Create(ItemColumn column, Vocabulary vocabulary, List<int> tokens) => column.Role switch
    {
        ItemRole.Categorical => new CategorySink(column, vocabulary.Categories(column.Name), tokens),
        ItemRole.Numeric => new NumberSink([.. column.NumericNames.Select(vocabulary.Numbers)], tokens),
        _ => new TextSink(vocabulary.Text, tokens),
    };

    private sealed class CategorySink : ItemSink.Categorical
    {
        private readonly CategoryTokens _categories;
        private readonly List<int> _tokens;
        private bool _any;

        public CategorySink(ItemColumn column, CategoryTokens categories, List<int> tokens)
            : base(column.Separator)
        {
            _categories = categories;
            _tokens = tokens;
        }

        public override void End()
        {
            if (!_any)
            {
                _tokens.Add(_categories.Unknown);
            }

            _any = false;
        }

        protected override void AddValue(ReadOnlySpan<char> value)
        {
            _tokens.Add(_categories.Encode(value));
            _any = true;
        }
    }

    private sealed class NumberSink : ItemSink
    {
        private readonly NumberTokens[] _numbers;
        private readonly List<int> _tokens;
        private int _slot;

        public NumberSink(NumberTokens[] numbers, List<int> tokens)
        {
            _numbers = numbers;
            _tokens = tokens;
        }

        public override void Add(double value) => _tokens.Add(_numbers[_slot++].Encode(value));

        public override void End() => _slot = 0;
    }

    private sealed class TextSink : ItemSink
    {
        private readonly TextTokens _text;
        private readonly List<int> _tokens;

        public TextSink(TextTokens text, List<int> tokens)
        {
            _text = text;
            _tokens = tokens;
        }

        public override void Add(ReadOnlySpan<char> value) => _text.Encode(value, _tokens);
    }
}
