using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// The tiles of one head in working memory: keys and values of a chunk row by row, the queries of a tile lane by lane.
/// </summary>
/// <remarks>
/// Queries stand in the vector lanes and keys in rows, so that the softmax of a query runs down a lane: no sum across lanes, no mask in
/// memory, and each product is the same kernel with other strides. L lanes, K head width, B keys of a block.
/// </remarks>
internal sealed unsafe class HeadTiles<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Keys whose scores are held together: they, the keys and the values fit the innermost cache.</summary>
    public const int BlockRows = 64;

    /// <summary>So many rows before they are needed they are asked for.</summary>
    public const int RowsAhead = 8;

    /// <summary>The score of a key that a query does not have; with a maximum of <see cref="NoScore"/> or more its share is exactly 0.</summary>
    public const float Hidden = -1e30f;

    /// <summary>The maximum before there is any score.</summary>
    public const float NoScore = -1e29f;

    private readonly AttentionTask _task;
    private readonly Projections _from;
    private readonly int _width;
    private readonly float* _rows;         // (L, stride): queries on their way into the lanes
    private readonly float* _longest;      // for each block of the chunk's keys the length of its longest
    private readonly float* _nearest;      // for each block the largest place
    private readonly float* _queryNorms;   // (L): lengths of the tile's queries, in bits; 0 in empty lanes
    private float* _bounds;
    private float* _places;
    private bool* _isOutcome;
    private float _slope;

    public HeadTiles(AttentionTask task, in Projections from, Scratch scratch)
    {
        (_task, _from, _width) = (task, from, task.Shape.HeadDimension);
        int keys = LargestChunk(task), prefix = LargestPrefix(task);
        Keys = scratch.Take((long)keys * Stride);
        Values = scratch.Take((long)keys * Stride);
        PrefixKeys = scratch.Take((long)prefix * Stride);
        PrefixValues = scratch.Take((long)prefix * Stride);
        _rows = scratch.Take((long)Lanes * Stride);
        Query = scratch.Take((long)_width * Lanes);
        PlainQuery = scratch.Take((long)_width * Lanes);
        Scores = scratch.Take((long)BlockRows * Lanes);
        _longest = scratch.Take(Blocks(keys));
        _nearest = scratch.Take(Blocks(keys));
        _queryNorms = scratch.Take(Lanes);
    }

    /// <summary>Pieces of working memory taken.</summary>
    public static int Pieces => 11;

    /// <summary>L, queries of a full tile: two vectors.</summary>
    public static int Lanes => 2 * TSimd.Lanes;

    /// <summary>Floats from one row to the next: K in whole vectors.</summary>
    public int Stride => Rounded(_width);

    /// <summary>(keys, K) of the chunk, rotated.</summary>
    public float* Keys { get; }

    /// <summary>(keys, K) of the chunk.</summary>
    public float* Values { get; }

    /// <summary>(prefix keys, K) of the chunk, not rotated.</summary>
    public float* PrefixKeys { get; }

    /// <summary>(prefix keys, K) of the chunk.</summary>
    public float* PrefixValues { get; }

    /// <summary>(K, L): the queries, rotated, scaled, in bits.</summary>
    public float* Query { get; }

    /// <summary>(K, L): the queries, not rotated, scaled, in bits.</summary>
    public float* PlainQuery { get; }

    /// <summary>(B, L): scores in bits.</summary>
    public float* Scores { get; }

    /// <summary>First element of the head in a row of all heads.</summary>
    public int Column { get; private set; }

    public Chunk Chunk { get; private set; }

    public Tile Tile { get; private set; }

    /// <summary>K in whole vectors.</summary>
    public static int Rounded(int width) => (width + TSimd.Lanes - 1) / TSimd.Lanes * TSimd.Lanes;

    public static int LargestChunk(AttentionTask task) => task.Plan.Chunks.Length == 0 ? 0 : task.Plan.Chunks.Max(c => c.KeyCount);

    public static int LargestPrefix(AttentionTask task) => task.Plan.Chunks.Length == 0 ? 0 : task.Plan.Chunks.Max(c => c.PrefixCount);

    /// <summary>
    /// Where the block of the key before <paramref name="end"/> begins: blocks stand at fixed keys of a chunk, cut off where a tile's range begins,
    /// and where a half's begins or ends, so that keys of one half alone stand apart.
    /// </summary>
    public int BlockBegin(int end)
    {
        int begin = Math.Max(Tile.KeyBegin, (end - 1) / BlockRows * BlockRows);
        if (Tile.FirstHalfEnd < end) begin = Math.Max(begin, Tile.FirstHalfEnd);
        if (Tile.SecondHalfBegin < end) begin = Math.Max(begin, Tile.SecondHalfBegin);
        return begin;
    }

    /// <summary>Floats of working memory taken.</summary>
    public static long Floats(AttentionTask task)
    {
        long stride = Rounded(task.Shape.HeadDimension);
        return (2 * stride * ((long)LargestChunk(task) + LargestPrefix(task))) + (Lanes * stride) + (2L * task.Shape.HeadDimension * Lanes) + ((BlockRows + 1) * Lanes) + (2 * Blocks(LargestChunk(task)));
    }

    /// <summary>Lays out the keys and values of a chunk.</summary>
    public void Load(Chunk chunk, int head)
    {
        (Chunk, Column, _slope) = (chunk, head * _width, _task.Shape.Slopes[head] * AttentionTask.BitsPerNat);
        _places = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(_task.Plan.KeyPlaces, 0) + chunk.FirstKey;
        _isOutcome = (bool*)Marshal.UnsafeAddrOfPinnedArrayElement(_task.Plan.KeyIsOutcome, 0) + chunk.FirstKey;
        for (int i = 0; i < chunk.KeyCount; i++)
        {
            int token = _task.Plan.KeyTokens[chunk.FirstKey + i];
            if (i + RowsAhead < chunk.KeyCount)
            {
                int next = _task.Plan.KeyTokens[chunk.FirstKey + i + RowsAhead];
                HeadRows<TSimd, TVector>.Prefetch(_from.Key(next, Column), _width);
                HeadRows<TSimd, TVector>.Prefetch(_from.Value(next, Column), _width);
            }
            HeadRows<TSimd, TVector>.Rotate(
                _from.Key(token, Column), Keys + ((long)i * Stride), _width, _task.Cosines(token), _task.Sines(token), scale: 1, turn: 1, add: false);
            HeadRows<TSimd, TVector>.Scale(_from.Value(token, Column), Values + ((long)i * Stride), _width, scale: 1, add: false);
            int block = i / BlockRows;
            bool first = i % BlockRows == 0;
            float square = HeadRows<TSimd, TVector>.Dot(Keys + ((long)i * Stride), Keys + ((long)i * Stride), _width);
            if (first || square > _longest[block]) _longest[block] = square;
            if (first || _places[i] > _nearest[block]) _nearest[block] = _places[i];
        }
        for (int block = 0; block < Blocks(chunk.KeyCount); block++) _longest[block] = MathF.Sqrt(_longest[block]);
        for (int i = 0; i < chunk.PrefixCount; i++)
        {
            int token = _task.Stream.PrefixTokens[chunk.FirstPrefix + i];
            HeadRows<TSimd, TVector>.Scale(_from.Key(token, Column), PrefixKeys + ((long)i * Stride), _width, scale: 1, add: false);
            HeadRows<TSimd, TVector>.Scale(_from.Value(token, Column), PrefixValues + ((long)i * Stride), _width, scale: 1, add: false);
        }
    }

    /// <summary>Lays out the queries of a tile of the chunk.</summary>
    /// <param name="index">The tile's, in the plan.</param>
    /// <param name="rotated">(L, stride): receives the queries row by row, too; null = not wanted.</param>
    /// <param name="plain">The same without rotation.</param>
    public void LoadQueries(int index, float* rotated = null, float* plain = null)
    {
        Tile = _task.Plan.Tiles[index];
        _bounds = (float*)Marshal.UnsafeAddrOfPinnedArrayElement(_task.Plan.Bounds, 0) + ((long)index * LaneBounds.Count * Lanes);
        float scale = _task.Scale * AttentionTask.BitsPerNat;
        float* rows = rotated == null ? _rows : rotated;
        for (int lane = 0; lane < Tile.Count; lane++)
        {
            int token = QueryToken(lane);
            PrefetchQuery(_from, lane);
            HeadRows<TSimd, TVector>.Rotate(
                _from.Query(QueryRow(lane), Column), rows + ((long)lane * Stride), _width, _task.Cosines(token), _task.Sines(token), scale, turn: 1, add: false);
            _queryNorms[lane] = Length(rows + ((long)lane * Stride));
        }
        new Span<float>(_queryNorms + Tile.Count, Lanes - Tile.Count).Clear();
        HeadRows<TSimd, TVector>.ToLanes(rows, Stride, Tile.Count, Query, _width, Lanes);
        if (Tile.Prefix == 0) return;
        rows = plain == null ? _rows : plain;
        for (int lane = 0; lane < Tile.Count; lane++)
            HeadRows<TSimd, TVector>.Scale(_from.Query(QueryRow(lane), Column), rows + ((long)lane * Stride), _width, scale, add: false);
        HeadRows<TSimd, TVector>.ToLanes(rows, Stride, Tile.Count, PlainQuery, _width, Lanes);
    }

    public int QueryToken(int lane) => _task.Plan.QueryTokens[Tile.FirstQuery + lane];

    public int QueryRow(int lane) => _task.Plan.QueryRows[Tile.FirstQuery + lane];

    /// <summary>Asks for the query some lanes on, also of the next tile.</summary>
    public void PrefetchQuery(in Projections of, int lane)
    {
        int next = Tile.FirstQuery + lane + RowsAhead;
        if (next < _task.Plan.QueryRows.Length) HeadRows<TSimd, TVector>.Prefetch(of.Query(_task.Plan.QueryRows[next], Column), _width);
    }

    /// <summary>Whether a lane's query is a [SUM], which is a key to itself alone.</summary>
    public bool IsSum(int lane) => _task.Stream.Kinds[QueryToken(lane)] == TokenKind.Sum;

    /// <summary>A [SUM]'s score of itself, in bits. Both are rotated alike, so neither need be.</summary>
    public float OwnScore(int lane) => _task.Scale * AttentionTask.BitsPerNat
        * HeadRows<TSimd, TVector>.Dot(_from.Query(QueryRow(lane), Column), _from.Key(QueryToken(lane), Column), _width);

    /// <summary>
    /// The halves to which a block of the window's keys may give a share that is not negligible. A half needs a lane that has one of the keys;
    /// and a score is at most the product of the two lengths (Cauchy and Schwarz) less the bias of the nearest key: where the bias is steep,
    /// most of a window needs no products at all.
    /// </summary>
    /// <param name="begin">The block's first key.</param>
    /// <param name="end">One past its last.</param>
    /// <param name="tops">(L): what the shares are relative to, in bits; huge in empty lanes.</param>
    public Halves InWindow(int begin, int end, float* tops) =>
        new(begin < Tile.FirstHalfEnd && Reaches(begin, tops, 0), end > Tile.SecondHalfBegin && Reaches(begin, tops, 1));

    /// <summary>The halves that have prefix keys at all: those with lanes in use.</summary>
    public Halves InPrefix() => new(First: true, Second: Tile.Count > TSimd.Lanes);

    /// <summary>Fills the halves of <see cref="Scores"/> with the scores of a block of the window's keys, biased and masked.</summary>
    public void ScoreWindow(int begin, int rows, Halves halves)
    {
        Score(Keys + ((long)begin * Stride), rows, Query, halves);
        for (int half = halves.Begin; half < halves.End; half++) BiasAndMask(begin, rows, half);
    }

    /// <summary>Fills the halves of <see cref="Scores"/> with the scores of a block of the prefix's keys, masked.</summary>
    public void ScorePrefix(int begin, int rows, Halves halves)
    {
        Score(PrefixKeys + ((long)begin * Stride), rows, PlainQuery, halves);
        for (int key = Math.Max(begin, Tile.SmallestPrefix); key < begin + rows; key++)
        {
            for (int half = halves.Begin; half < halves.End; half++)
            {
                float* score = Scores + ((key - begin) * Lanes) + (half * TSimd.Lanes);
                TSimd.Store(TSimd.Select(TSimd.Below(TSimd.Fill(key), Bound(LaneBounds.PrefixEnd, half)), TSimd.Load(score), TSimd.Fill(Hidden)), score);
            }
        }
    }

    private static int Blocks(int keys) => (keys + BlockRows - 1) / BlockRows;

    private float Length(float* row) => MathF.Sqrt(HeadRows<TSimd, TVector>.Dot(row, row, _width));

    private bool Reaches(int begin, float* tops, int half)
    {
        TVector length = TSimd.Fill(_longest[begin / BlockRows] * 1.0001f), place = TSimd.Fill(_nearest[begin / BlockRows]);   // what rounding may take
        var bias = TSimd.Multiply(TSimd.Multiply(Bound(LaneBounds.BiasScale, half), TSimd.Fill(_slope)), TSimd.Subtract(place, Bound(LaneBounds.Place, half)));
        var highest = TSimd.MultiplyAdd(TSimd.Load(_queryNorms + (half * TSimd.Lanes)), length, bias);
        return TSimd.Any(TSimd.AtLeast(TSimd.Subtract(highest, TSimd.Load(tops + (half * TSimd.Lanes))), TSimd.Fill(SimdMath<TSimd, TVector>.Negligible)));
    }

    private void Score(float* keys, int rows, float* queries, Halves halves)
    {
        int offset = halves.Begin * TSimd.Lanes;
        Product<TSimd, TVector>.Run(keys, Stride, 1, rows, _width, queries + offset, Lanes, Scores + offset, Lanes, halves.Count, add: false);
    }

    private void BiasAndMask(int begin, int rows, int half)
    {
        TVector bias = TSimd.Multiply(Bound(LaneBounds.BiasScale, half), TSimd.Fill(_slope)), place = Bound(LaneBounds.Place, half), hidden = TSimd.Fill(Hidden);
        TVector first = Bound(LaneBounds.First, half), last = Bound(LaneBounds.End, half), outcomeEnd = Bound(LaneBounds.OutcomeEnd, half), own = Bound(LaneBounds.Own, half);
        int largestFirst = Tile.LargestFirst, smallestEnd = Tile.SmallestEnd;
        float* score = Scores + (half * TSimd.Lanes);
        for (int key = begin; key < begin + rows; key++, score += Lanes)
        {
            var s = TSimd.MultiplyAdd(TSimd.Subtract(TSimd.Fill(_places[key]), place), bias, TSimd.Load(score));
            if (_isOutcome[key] || key < largestFirst || key >= smallestEnd)
            {
                var at = TSimd.Fill(key);
                var seen = TSimd.And(TSimd.AtLeast(at, first), TSimd.Below(at, last));
                if (_isOutcome[key]) seen = TSimd.And(seen, TSimd.Or(TSimd.Below(at, outcomeEnd), TSimd.Same(at, own)));
                s = TSimd.Select(seen, s, hidden);
            }
            TSimd.Store(s, score);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private TVector Bound(int row, int half) => TSimd.Load(_bounds + (row * Lanes) + (half * TSimd.Lanes));
}
