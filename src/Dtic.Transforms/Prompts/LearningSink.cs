using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>Sinks that show values to a vocabulary's builder and count the tokens they will become.</summary>
internal static class LearningSink
{
    /// <summary>The sink for a column.</summary>
    public static ItemSink Create(ItemColumn column, VocabularyBuilder builder, TokenCount count) => column.Role switch
    {
        ItemRole.Categorical => new CategorySink(column, builder, count),
        ItemRole.Numeric => new NumberSink(column, builder, count),
        _ => new TextSink(builder, count),
    };

    /// <summary>Counts tokens of interactions: exactly but for texts, of which the first ones stand for all, because subwords are known only when all are read.</summary>
    public sealed class TokenCount
    {
        private const int SampleSize = 1000;
        private readonly List<string> _sample = [];
        private long _texts;
        private long _others;

        public void AddToken() => _others++;

        public void AddText(ReadOnlySpan<char> text)
        {
            _texts++;
            if (_sample.Count < SampleSize)
            {
                _sample.Add(text.ToString());
            }
        }

        /// <summary>About how many tokens were counted.</summary>
        public double Estimate(Vocabulary vocabulary)
        {
            if (_texts == 0)
            {
                return _others;
            }

            var tokens = new List<int>();
            _sample.ForEach(text => vocabulary.Text.Encode(text, tokens));
            return _others + ((double)tokens.Count / _sample.Count * _texts);
        }
    }

    private sealed class CategorySink : ItemSink.Categorical
    {
        private readonly string _column;
        private readonly VocabularyBuilder _builder;
        private readonly TokenCount _count;
        private bool _any;

        public CategorySink(ItemColumn column, VocabularyBuilder builder, TokenCount count)
            : base(column.Separator)
        {
            _column = column.Name;
            _builder = builder;
            _count = count;
        }

        public override void End()
        {
            if (!_any)
            {
                _count.AddToken();
            }

            _any = false;
        }

        protected override void AddValue(ReadOnlySpan<char> value)
        {
            _builder.AddCategory(_column, value);
            _count.AddToken();
            _any = true;
        }
    }

    private sealed class NumberSink : ItemSink
    {
        private readonly string[] _names;
        private readonly VocabularyBuilder _builder;
        private readonly TokenCount _count;
        private int _slot;

        public NumberSink(ItemColumn column, VocabularyBuilder builder, TokenCount count)
        {
            _names = [.. column.NumericNames];
            _builder = builder;
            _count = count;
        }

        public override void Add(double value)
        {
            _builder.AddNumber(_names[_slot++], value);
            _count.AddToken();
        }

        public override void End() => _slot = 0;
    }

    private sealed class TextSink : ItemSink
    {
        private readonly VocabularyBuilder _builder;
        private readonly TokenCount _count;

        public TextSink(VocabularyBuilder builder, TokenCount count)
        {
            _builder = builder;
            _count = count;
        }

        public override void Add(ReadOnlySpan<char> value)
        {
            _builder.AddText(value);
            _count.AddText(value);
        }
    }
}
