namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Counts the distinct words of texts in bounded memory, whatever the order of the texts: when there are too many, the longest words are dropped,
/// all words of more than a certain length, and never counted again. Frequent words are short; a long one teaches the pairs it shares with them.
/// </summary>
internal sealed class WordCounts
{
    private readonly Dictionary<string, long> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, long>.AlternateLookup<ReadOnlySpan<char>> _lookup;
    private readonly int _maximumWords;
    private int _maximumLength = int.MaxValue;

    public WordCounts(int maximumWords = 500_000)
    {
        _maximumWords = maximumWords;
        _lookup = _counts.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>Counts the first words of a text.</summary>
    /// <returns>How many there were, <paramref name="maximumWords"/> at most.</returns>
    public int Add(ReadOnlySpan<char> text, int maximumWords = int.MaxValue)
    {
        int words = 0;
        for (; words < maximumWords && !text.IsEmpty; words++)
        {
            int length = WordSplitter.FirstWordLength(text);
            if (length <= _maximumLength)
            {
                _lookup[text[..length]] = _lookup.TryGetValue(text[..length], out long count) ? count + 1 : 1;
            }
            text = text[length..];
            while (_counts.Count > _maximumWords)
            {
                DropLongest();
            }
        }
        return words;
    }

    private void DropLongest()
    {
        _maximumLength = _counts.Keys.Max(word => word.Length) - 1;
        foreach (string word in _counts.Keys.Where(word => word.Length > _maximumLength).ToArray())
        {
            _counts.Remove(word);
        }
    }
}
