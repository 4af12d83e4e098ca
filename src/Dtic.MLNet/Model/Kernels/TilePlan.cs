namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// How one pass's attention is cut up: tiles of queries that go through the vector lanes together, in chunks whose keys lie side by side in
/// cache. Made once for all layers and heads.
/// </summary>
/// <remarks>
/// Keys are counted without prefixes and [SUM] tokens: nothing attends to a [SUM] but itself, so its key is no one else's work. Queries of
/// narrow and of wide ranges never share a tile, and no tile spans two prompts: none pays for another's keys. What kernels read by address
/// is pinned.
/// </remarks>
internal sealed class TilePlan
{
    /// <summary>
    /// Keys whose vectors are kept together: those of a whole pass, since neighbouring chunks lay out a window of keys twice; bounded, since a history
    /// in a single stream may be of any length.
    /// </summary>
    public const int KeysPerChunk = 4096;

    /// <summary>Ranges of a tile's keys are rounded out to so many, the rows of a product's tile: a few masked keys more cost less than rows one by one.</summary>
    private const int KeysTogether = 8;

    private readonly PromptStream _stream;
    private readonly int[] _keysBefore;   // (N + 1)
    private readonly int _lanes, _keysPerChunk;
    private readonly List<Tile> _tiles = [];
    private readonly List<Chunk> _chunks = [];
    private readonly List<int> _queries = [];
    private readonly List<float> _bounds = [];

    /// <param name="stream">The tokens.</param>
    /// <param name="sumsOnly">Whether only [SUM] tokens ask.</param>
    /// <param name="lanes">Queries of a full tile.</param>
    /// <param name="keysPerChunk">At most, but for a tile that has more by itself.</param>
    public TilePlan(PromptStream stream, bool sumsOnly, int lanes, int keysPerChunk = KeysPerChunk)
    {
        (_stream, _lanes, _keysPerChunk) = (stream, lanes, keysPerChunk);
        _keysBefore = new int[stream.Length + 1];
        var keys = new List<int>();
        for (int t = 0; t < stream.Length; t++)
        {
            _keysBefore[t] = keys.Count;
            if (IsKey(t)) keys.Add(t);
        }
        _keysBefore[stream.Length] = keys.Count;
        KeyTokens = [.. keys];
        KeyPlaces = Pinned(keys.ConvertAll(t => stream.Places[t]));
        KeyIsOutcome = Pinned(keys.ConvertAll(t => stream.Kinds[t] == TokenKind.Outcome));
        for (int p = 0; p + 1 < stream.PromptStarts.Length; p++)
        {
            int[] tokens = [.. Enumerable.Range(stream.PromptStarts[p], stream.PromptStarts[p + 1] - stream.PromptStarts[p])];
            int[] sums = Array.FindAll(tokens, t => stream.Kinds[t] == TokenKind.Sum);
            int[] others = stream.Attention == ContextAttention.Windowed ? [] : Array.FindAll(tokens, t => stream.Kinds[t] != TokenKind.Sum);
            if (sumsOnly) Cut(sums);
            if (!sumsOnly && others.Length == 0) Cut(tokens);
            if (!sumsOnly && others.Length > 0) Cut(others, sums);
        }
        Tiles = [.. _tiles];
        Chunks = [.. _chunks];
        QueryTokens = [.. _queries];
        QueryRows = sumsOnly ? [.. Enumerable.Range(0, QueryTokens.Length)] : QueryTokens;
        Bounds = Pinned(_bounds);
        SumsOnly = sumsOnly;
    }

    public bool SumsOnly { get; }

    /// <summary>The token of each key, in stream order.</summary>
    public int[] KeyTokens { get; }

    /// <summary>Where each key stands on the scale of distances.</summary>
    public float[] KeyPlaces { get; }

    public bool[] KeyIsOutcome { get; }

    /// <summary>The token of each query, tile by tile.</summary>
    public int[] QueryTokens { get; }

    /// <summary>The row of each query in the projections and in the result.</summary>
    public int[] QueryRows { get; }

    /// <summary>For each tile <see cref="LaneBounds.Count"/> rows, one value per lane each.</summary>
    public float[] Bounds { get; }

    public Tile[] Tiles { get; }

    public Chunk[] Chunks { get; }

    private static T[] Pinned<T>(List<T> values)
    {
        T[] array = GC.AllocateUninitializedArray<T>(values.Count, pinned: true);
        values.CopyTo(array);
        return array;
    }

    private bool IsKey(int token) => _stream.Kinds[token] is TokenKind.Item or TokenKind.Outcome;

    private int FirstKey(int token) => _keysBefore[_stream.FirstKey[token]];

    private int KeyEnd(int token) => _keysBefore[token + 1];

    /// <summary>Adds the tiles and chunks of one prompt's queries; lists share chunks, but no tiles.</summary>
    private void Cut(params ReadOnlySpan<int[]> lists)
    {
        var cuts = new List<(ReadOnlyMemory<int> Tokens, int First, int End)>();
        foreach (int[] tokens in lists)
        {
            for (int begin = 0; begin < tokens.Length; begin += _lanes)
            {
                var lanes = tokens.AsMemory(begin, Math.Min(_lanes, tokens.Length - begin));
                int first = int.MaxValue, end = 0;
                foreach (int t in lanes.Span) (first, end) = (Math.Min(first, FirstKey(t)), Math.Max(end, KeyEnd(t)));
                cuts.Add((lanes, first, end));
            }
        }
        int chunkTile = _tiles.Count, chunkBegin = int.MaxValue, chunkEnd = 0;
        foreach (var (tokens, first, end) in cuts.OrderBy(c => c.End))   // all lists go through the keys side by side, so that a chunk serves them all
        {
            if (_tiles.Count > chunkTile && Math.Max(chunkEnd, end) - Math.Min(chunkBegin, first) > _keysPerChunk)
            {
                AddChunk(chunkTile, chunkBegin, chunkEnd);
                (chunkTile, chunkBegin, chunkEnd) = (_tiles.Count, int.MaxValue, 0);
            }
            (chunkBegin, chunkEnd) = (Math.Min(chunkBegin, first), Math.Max(chunkEnd, end));
            AddTile(tokens.Span, first, end);
        }
        if (_tiles.Count > chunkTile) AddChunk(chunkTile, chunkBegin, chunkEnd);
    }

    private void AddTile(ReadOnlySpan<int> tokens, int first, int end)
    {
        int largestFirst = 0, smallestEnd = int.MaxValue, prefix = 0, smallestPrefix = int.MaxValue, firstHalfEnd = first, secondHalfBegin = int.MaxValue;
        for (int lane = 0; lane < tokens.Length; lane++)
        {
            int t = tokens[lane];
            if (lane < _lanes / 2) firstHalfEnd = Math.Max(firstHalfEnd, KeyEnd(t));
            else secondHalfBegin = Math.Min(secondHalfBegin, FirstKey(t));
            largestFirst = Math.Max(largestFirst, FirstKey(t));
            smallestEnd = Math.Min(smallestEnd, KeyEnd(t));
            prefix = Math.Max(prefix, _stream.PrefixEnd[t] - _stream.PrefixStart[t]);
            smallestPrefix = Math.Min(smallestPrefix, _stream.PrefixEnd[t] - _stream.PrefixStart[t]);
        }
        _tiles.Add(new Tile(_queries.Count, tokens.Length, first, end, firstHalfEnd, secondHalfBegin, largestFirst, smallestEnd, prefix, smallestPrefix));
        foreach (int t in tokens) _queries.Add(t);
    }

    /// <summary>Closes a chunk of the tiles since <paramref name="firstTile"/>; their bounds count keys from its first.</summary>
    private void AddChunk(int firstTile, int keyBegin, int keyEnd)
    {
        int prefix = 0;
        for (int i = firstTile; i < _tiles.Count; i++)
        {
            var tile = _tiles[i];
            prefix = Math.Max(prefix, tile.Prefix);
            for (int row = 0; row < LaneBounds.Count; row++)
                for (int lane = 0; lane < _lanes; lane++) _bounds.Add(lane < tile.Count ? Bound(row, _queries[tile.FirstQuery + lane], keyBegin) : 0);
            _tiles[i] = tile with
            {
                KeyBegin = Down(tile.KeyBegin - keyBegin),
                KeyEnd = Up(tile.KeyEnd - keyBegin, keyEnd - keyBegin),
                FirstHalfEnd = Up(tile.FirstHalfEnd - keyBegin, keyEnd - keyBegin),
                SecondHalfBegin = Down(tile.SecondHalfBegin - keyBegin),
                LargestFirst = tile.LargestFirst - keyBegin,
                SmallestEnd = tile.SmallestEnd - keyBegin,
            };
        }
        _chunks.Add(new Chunk(firstTile, _tiles.Count - firstTile, keyBegin, keyEnd - keyBegin, _stream.PrefixStart[_queries[_tiles[firstTile].FirstQuery]], prefix));
    }

    private static int Down(int key) => key / KeysTogether * KeysTogether;

    /// <summary>The same upwards, as far as the chunk has keys.</summary>
    private static int Up(int key, int keys) => Math.Min(keys, Down(key + KeysTogether - 1));

    private float Bound(int row, int token, int keyBegin) => row switch
    {
        LaneBounds.First => FirstKey(token) - keyBegin,
        LaneBounds.End => KeyEnd(token) - keyBegin,
        LaneBounds.OutcomeEnd => _keysBefore[_stream.OutcomeEnd[token]] - keyBegin,
        LaneBounds.Own => IsKey(token) ? _keysBefore[token] - keyBegin : -1,
        LaneBounds.Place => _stream.Places[token],
        LaneBounds.BiasScale => _stream.BiasScales[token],
        _ => _stream.PrefixEnd[token] - _stream.PrefixStart[token],
    };
}

/// <summary>Queries that go through the lanes together.</summary>
/// <param name="FirstQuery">In the plan's order.</param>
/// <param name="Count">At most the lanes.</param>
/// <param name="KeyBegin">First key that any of them has, counted from the chunk's first; this and the next three rounded out to whole rows of the products.</param>
/// <param name="KeyEnd">One past the last key that any of them has.</param>
/// <param name="FirstHalfEnd">One past the last key that any of the first vector's has.</param>
/// <param name="SecondHalfBegin">First key that any of the second vector's has; beyond all keys where it has no queries.</param>
/// <param name="LargestFirst">From here on all of them have begun.</param>
/// <param name="SmallestEnd">From here on some have ended.</param>
/// <param name="Prefix">Prefix keys that any of them has.</param>
/// <param name="SmallestPrefix">Prefix keys that all of them have.</param>
internal readonly record struct Tile(
    int FirstQuery, int Count, int KeyBegin, int KeyEnd, int FirstHalfEnd, int SecondHalfBegin, int LargestFirst, int SmallestEnd, int Prefix, int SmallestPrefix);

/// <summary>Tiles whose keys are laid out together.</summary>
internal readonly record struct Chunk(int FirstTile, int TileCount, int FirstKey, int KeyCount, int FirstPrefix, int PrefixCount);

/// <summary>The rows of a tile's bounds. Keys are counted from the chunk's first, so that floats hold them exactly.</summary>
internal static class LaneBounds
{
    public const int First = 0, End = 1, OutcomeEnd = 2, Own = 3, Place = 4, BiasScale = 5, PrefixEnd = 6, Count = 7;
}
