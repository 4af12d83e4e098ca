using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>Encodes what an <see cref="ItemReader"/> has read. One row at a time, one thread.</summary>
internal sealed class ItemEncoder
{
    private readonly ItemReader _reader;
    private readonly ItemSink[] _sinks;
    private readonly List<int> _tokens = [];
    private readonly int _maximumTokens;

    /// <param name="reader">What reads the columns.</param>
    /// <param name="columns">The same columns.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="maximumTokens">What is beyond is cut off.</param>
    public ItemEncoder(ItemReader reader, IReadOnlyList<ItemColumn> columns, Vocabulary vocabulary, int maximumTokens)
    {
        _reader = reader;
        _sinks = [.. columns.Select(column => EncodingSink.Create(column, vocabulary, _tokens, maximumTokens))];
        _maximumTokens = maximumTokens;
    }

    /// <summary>The tokens of the row as one interaction; valid until the next call.</summary>
    public List<int> Encode()
    {
        _tokens.Clear();
        for (int column = 0; column < _sinks.Length; column++)
        {
            var values = _reader.Values[column];
            for (int index = 0; index < values.Count; index++)
            {
                values.Emit(index, _sinks[column]);
            }

            _sinks[column].End();
        }

        return Cut();
    }

    /// <summary>The tokens of one interaction of a row of histories; valid until the next call.</summary>
    public List<int> Encode(int interaction)
    {
        _tokens.Clear();
        for (int column = 0; column < _sinks.Length; column++)
        {
            _reader.Values[column].Emit(interaction, _sinks[column]);
            _sinks[column].End();
        }

        return Cut();
    }

    private List<int> Cut()
    {
        if (_tokens.Count > _maximumTokens)
        {
            _tokens.RemoveRange(_maximumTokens, _tokens.Count - _maximumTokens);
        }

        return _tokens;
    }
}
