using System.Text.Unicode;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Learns byte-pair encoding (Sennrich et al. 2016, arXiv:1508.07909) over bytes: again and again the most frequent pair of adjacent subwords
/// becomes a new subword. Equally frequent pairs: the one whose left, then right subword is older.
/// </summary>
/// <remarks>
/// Counts are kept up to date where a merge changes them, so a merge costs as much as the places it touches. A pair that spells an existing
/// token is passed over: each subword then comes from exactly one merge, all its places arise at once, and a pair that was merged never
/// comes back, which makes the learned segmentation of a word the one that encoding finds.
/// </remarks>
internal sealed class SubwordLearner
{
    private const long MinimumCount = 2;
    private const int None = -1;

    // All words laid end to end, one entry per byte; a merge lives at the place of its first byte.
    private readonly List<int> _subword = [];
    private readonly List<int> _previous = [];
    private readonly List<int> _next = [];
    private readonly List<int> _word = [];
    private readonly List<long> _wordCounts = [];
    private readonly Dictionary<SubwordMerge, Pair> _pairs = [];
    private readonly PriorityQueue<SubwordMerge, (long Count, SubwordMerge Merge)> _queue = new(Comparer<(long Count, SubwordMerge Merge)>.Create(Compare));

    private SubwordLearner(IReadOnlyDictionary<string, long> wordCounts)
    {
        Span<byte> bytes = stackalloc byte[512];   // a word of 64 characters and a space, up to four bytes each
        foreach (var (word, count) in wordCounts)
        {
            // Words with unpaired surrogates are not text; nothing is learned from them.
            if (Utf8.FromUtf16(word, bytes, out _, out int length, replaceInvalidSequences: false) == System.Buffers.OperationStatus.Done)
            {
                AddWord(bytes[..length], count);
            }
        }
    }

    /// <summary>The merges, in the order in which they were learned.</summary>
    /// <param name="wordCounts">Words as <see cref="WordSplitter"/> makes them and how often each occurs; their order does not matter.</param>
    /// <param name="vocabularySize">Subwords at most, the 256 bytes included; fewer when no pair occurs twice.</param>
    /// <param name="reserved">Names of other tokens, which no subword may spell.</param>
    public static List<SubwordMerge> Learn(IReadOnlyDictionary<string, long> wordCounts, int vocabularySize, IEnumerable<string> reserved) =>
        new SubwordLearner(wordCounts).Learn(vocabularySize, reserved);

    private List<SubwordMerge> Learn(int vocabularySize, IEnumerable<string> reserved)
    {
        var merges = new List<SubwordMerge>();
        var spellings = new List<string>();
        for (int value = 0; value < ByteAlphabet.Size; value++)
        {
            spellings.Add(ByteAlphabet.Letter((byte)value));
        }
        var taken = new HashSet<string>(spellings.Concat(reserved), StringComparer.Ordinal);

        foreach (var (merge, pair) in _pairs)
        {
            Enqueue(merge, pair);
        }
        while (spellings.Count < vocabularySize && _queue.TryDequeue(out var merge, out var queued))
        {
            var pair = _pairs[merge];
            if (pair.Count < queued.Count)
            {
                Enqueue(merge, pair);
                continue;
            }
            string spelling = spellings[merge.Left] + spellings[merge.Right];
            if (!taken.Add(spelling))
            {
                continue;
            }
            Replace(merge, pair, spellings.Count);
            spellings.Add(spelling);
            merges.Add(merge);
        }
        return merges;
    }

    private void AddWord(ReadOnlySpan<byte> bytes, long count)
    {
        int begin = _subword.Count;
        for (int i = 0; i < bytes.Length; i++)
        {
            _subword.Add(bytes[i]);
            _previous.Add(i == 0 ? None : begin + i - 1);
            _next.Add(i == bytes.Length - 1 ? None : begin + i + 1);
            _word.Add(_wordCounts.Count);
            if (i > 0)
            {
                AddPlace(new SubwordMerge(bytes[i - 1], bytes[i]), begin + i - 1, count);
            }
        }
        _wordCounts.Add(count);
    }

    /// <summary>Merges the pair at all its places, left to right, and queues the pairs that arise.</summary>
    private void Replace(SubwordMerge merge, Pair pair, int merged)
    {
        _pairs.Remove(merge);
        var arisen = new HashSet<SubwordMerge>();
        foreach (int place in pair.Places)
        {
            int second = _next[place];
            if (_subword[place] != merge.Left || second == None || _subword[second] != merge.Right)
            {
                continue;   // another merge was here
            }
            long count = _wordCounts[_word[place]];
            int before = _previous[place], after = _next[second];
            if (before != None)
            {
                RemovePlace(new SubwordMerge(_subword[before], merge.Left), count);
                arisen.Add(AddPlace(new SubwordMerge(_subword[before], merged), before, count));
            }
            if (after != None)
            {
                RemovePlace(new SubwordMerge(merge.Right, _subword[after]), count);
                arisen.Add(AddPlace(new SubwordMerge(merged, _subword[after]), place, count));
                _previous[after] = place;
            }
            _subword[place] = merged;
            _subword[second] = None;
            _next[place] = after;
        }
        foreach (var arising in arisen)
        {
            Enqueue(arising, _pairs[arising]);
        }
    }

    private SubwordMerge AddPlace(SubwordMerge merge, int place, long count)
    {
        if (!_pairs.TryGetValue(merge, out var pair))
        {
            _pairs.Add(merge, pair = new Pair());
        }
        pair.Count += count;
        pair.Places.Add(place);
        return merge;
    }

    private void RemovePlace(SubwordMerge merge, long count)
    {
        if (_pairs.TryGetValue(merge, out var pair))
        {
            pair.Count -= count;   // absent: the pair being merged, overlapping itself
        }
    }

    private void Enqueue(SubwordMerge merge, Pair pair)
    {
        if (pair.Count >= MinimumCount)
        {
            _queue.Enqueue(merge, (pair.Count, merge));
        }
    }

    private static int Compare((long Count, SubwordMerge Merge) x, (long Count, SubwordMerge Merge) y)
    {
        int order = y.Count.CompareTo(x.Count);
        if (order == 0)
        {
            order = x.Merge.Left.CompareTo(y.Merge.Left);
        }
        return order != 0 ? order : x.Merge.Right.CompareTo(y.Merge.Right);
    }

    private sealed class Pair
    {
        public long Count { get; set; }

        /// <summary>Where the pair arose, ascending; some have been taken by other merges since.</summary>
        public List<int> Places { get; } = [];
    }
}
