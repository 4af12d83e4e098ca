using System.Runtime.InteropServices;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Counts the values of one Fit and makes the vocabulary of them. The order of the values does not matter. Not thread-safe.
/// </summary>
/// <remarks>
/// Memory: each distinct categorical value with its count, a bounded <see cref="QuantileSketch"/> per numeric column, the bounded <see cref="WordCounts"/> of the texts.
/// </remarks>
internal sealed class VocabularyBuilder
{
    // What is longer is no category; and the file, where a value stands within a name, is read by tokens of a mebibyte at most.
    private const int LongestValue = 1 << 16;

    private readonly VocabularyOptions _options;
    private readonly Dictionary<string, Dictionary<string, long>> _categories = new(StringComparer.Ordinal);
    private readonly Dictionary<string, QuantileSketch> _numbers = new(StringComparer.Ordinal);
    private readonly WordCounts _words = new();

    public VocabularyBuilder(VocabularyOptions options)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(options.TextVocabularySize);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MinimumCount);
        ArgumentOutOfRangeException.ThrowIfNegative(options.MaximumCategories);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(options.NumberOfBins);
        _options = options;
    }

    /// <summary>Counts one value of a categorical column; an empty one is not counted, nor is one of more than 65,536 characters.</summary>
    public void AddCategory(string column, ReadOnlySpan<char> value)
    {
        if (value.IsEmpty || value.Length > LongestValue)
        {
            return;
        }
        if (WellFormedText.NeedsRepair(value, out string repaired))
        {
            value = repaired;
        }
        ref var counts = ref CollectionsMarshal.GetValueRefOrAddDefault(_categories, column, out _);
        var lookup = (counts ??= new Dictionary<string, long>(StringComparer.Ordinal)).GetAlternateLookup<ReadOnlySpan<char>>();
        CollectionsMarshal.GetValueRefOrAddDefault(lookup, value, out _)++;
    }

    /// <summary>Counts one value of a numeric column; NaN and infinities are not counted.</summary>
    public void AddNumber(string column, double value)
    {
        ref var sketch = ref CollectionsMarshal.GetValueRefOrAddDefault(_numbers, column, out _);
        (sketch ??= new QuantileSketch()).Add(value);
    }

    /// <summary>Counts the first words of one text; all text columns share the subwords.</summary>
    /// <returns>How many words were counted.</returns>
    public int AddText(ReadOnlySpan<char> text, int maximumWords = int.MaxValue) => _words.Add(text, maximumWords);

    /// <summary>The vocabulary of the columns named, in that order; a column without values has its unknown or missing token, and a numeric one a single bin.</summary>
    /// <exception cref="ArgumentException">A column is named twice, or its name is no text.</exception>
    /// <exception cref="InvalidOperationException">The vocabulary is too large to be saved and loaded again.</exception>
    public Vocabulary Build(IReadOnlyList<string> categoricalColumns, IReadOnlyList<string> numericColumns, bool hasText)
    {
        CheckColumns(categoricalColumns, nameof(categoricalColumns));
        CheckColumns(numericColumns, nameof(numericColumns));
        var vocabulary = new Vocabulary(
            categoricalColumns.Select(column => (column, FrequentValues(column))),
            numericColumns.Select(column => (column, _numbers.TryGetValue(column, out var sketch) ? sketch.Edges(_options.NumberOfBins) : [])),
            hasText ? names => SubwordLearner.Learn(_words.Counts, _options.TextVocabularySize, names) : null);
        return vocabulary.FileLength <= SavedFile.LargestVocabulary ? vocabulary : throw new InvalidOperationException(FormattableString.Invariant(
            $"The vocabulary has {vocabulary.Size:N0} tokens, which take {vocabulary.FileLength:N0} bytes in a file; {SavedFile.LargestVocabulary:N0} are the most. Lower MaximumCategories or raise MinimumCount."));
    }

    private IReadOnlyList<string> FrequentValues(string column)
    {
        if (!_categories.TryGetValue(column, out var counts))
        {
            return [];
        }
        return [.. counts
            .Where(value => value.Value >= _options.MinimumCount)
            .OrderByDescending(value => value.Value).ThenBy(value => value.Key, StringComparer.Ordinal)
            .Take(_options.MaximumCategories)
            .Select(value => value.Key)];
    }

    private static void CheckColumns(IReadOnlyList<string> columns, string parameter)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (string column in columns)
        {
            if (!seen.Add(column))
            {
                throw new ArgumentException($"Column '{column}' is named twice.", parameter);
            }
            if (WellFormedText.NeedsRepair(column, out string repaired))
            {
                throw new ArgumentException($"Column '{repaired}' has an unpaired surrogate in its name and cannot be saved. Rename it.", parameter);
            }
        }
    }
}
