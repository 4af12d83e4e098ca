using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Prompts;

/// <summary>Encodes the item columns of a row, or of each past interaction in a row of histories. One row at a time, one thread.</summary>
internal sealed class ItemEncoder
{
    private readonly ItemValues[] _values;
    private readonly ItemSink[] _sinks;
    private readonly List<int> _tokens = [];
    private readonly int _maximumTokens;

    /// <param name="columns">The columns in the order of their tokens.</param>
    /// <param name="vocabulary">The tokens.</param>
    /// <param name="row">What is read.</param>
    /// <param name="find">Where a column stands in the row.</param>
    /// <param name="maximumTokens">What is beyond is cut off.</param>
    public ItemEncoder(
        IReadOnlyList<ItemColumn> columns, Vocabulary vocabulary, DataViewRow row, Func<ItemColumn, DataViewSchema.Column> find, int maximumTokens)
    {
        _values = [.. columns.Select(column => ItemValues.Create(row, find(column), column.Role))];
        _sinks = [.. columns.Select(column => EncodingSink.Create(column, vocabulary, _tokens))];
        _maximumTokens = maximumTokens;
    }

    /// <summary>Reads the row.</summary>
    public void Load()
    {
        foreach (var values in _values)
        {
            values.Load();
        }
    }

    /// <summary>The number of values of each column in the row that was read.</summary>
    public IEnumerable<int> Counts => _values.Select(values => values.Count);

    /// <summary>The tokens of the row as one interaction; valid until the next call.</summary>
    public List<int> Encode()
    {
        _tokens.Clear();
        for (int column = 0; column < _values.Length; column++)
        {
            for (int index = 0; index < _values[column].Count; index++)
            {
                _values[column].Emit(index, _sinks[column]);
            }

            _sinks[column].End();
        }

        return Cut();
    }

    /// <summary>The tokens of one interaction of a row of histories; valid until the next call.</summary>
    public List<int> Encode(int interaction)
    {
        _tokens.Clear();
        for (int column = 0; column < _values.Length; column++)
        {
            _values[column].Emit(interaction, _sinks[column]);
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
