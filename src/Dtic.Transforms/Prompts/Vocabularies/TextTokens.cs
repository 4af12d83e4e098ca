using System.Collections.Concurrent;
using Microsoft.ML.Tokenizers;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>The subword tokens that all text columns share: 256 bytes, then the learned merges. Thread-safe.</summary>
internal sealed class TextTokens
{
    // Words repeat even where texts do not: their tokens are kept. The cache begins anew when it is full.
    private const int MaximumCachedWords = 32_768;

    private readonly BpeTokenizer _tokenizer;
    private volatile ConcurrentDictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private int _cachedWords;

    public TextTokens(int firstToken, IReadOnlyList<SubwordMerge> merges)
    {
        FirstToken = firstToken;
        Merges = merges;
        var spellings = new List<string>(ByteAlphabet.Size + merges.Count);
        for (int value = 0; value < ByteAlphabet.Size; value++)
        {
            spellings.Add(ByteAlphabet.Letter((byte)value));
        }
        foreach (var (left, right) in merges)
        {
            spellings.Add(spellings[left] + spellings[right]);
        }
        Spellings = spellings;
        _tokenizer = BpeTokenizer.Create(new BpeOptions(spellings.Select((spelling, i) => KeyValuePair.Create(spelling, firstToken + i)))
        {
            Merges = merges.Select(merge => $"{spellings[merge.Left]} {spellings[merge.Right]}"),
            ByteLevel = true,
        });
    }

    /// <summary>The token of byte 0.</summary>
    public int FirstToken { get; }

    public IReadOnlyList<SubwordMerge> Merges { get; }

    /// <summary>The subwords in <see cref="ByteAlphabet"/>, by token from <see cref="FirstToken"/> on.</summary>
    public IReadOnlyList<string> Spellings { get; }

    /// <summary>Appends the tokens of a text, word by word until <paramref name="destination"/> holds so many: the text behind is not looked at.</summary>
    public void Encode(ReadOnlySpan<char> text, List<int> destination, int maximumTokens = int.MaxValue)
    {
        while (!text.IsEmpty && destination.Count < maximumTokens)
        {
            int length = WordSplitter.FirstWordLength(text);
            destination.AddRange(EncodeWord(text[..length]));
            text = text[length..];
        }
    }

    private ReadOnlySpan<int> EncodeWord(ReadOnlySpan<char> word)
    {
        var cache = _cache;
        if (cache.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(word, out int[]? tokens))
        {
            return tokens;
        }
        tokens = [.. _tokenizer.EncodeToIds(word, considerPreTokenization: false)];
        if (Interlocked.Increment(ref _cachedWords) > MaximumCachedWords)
        {
            _cache = cache = new ConcurrentDictionary<string, int[]>(StringComparer.Ordinal);
            _cachedWords = 1;
        }
        cache.TryAdd(word.ToString(), tokens);
        return tokens;
    }
}
