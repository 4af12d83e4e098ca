namespace Dtic.MLNet.Model.Kernels;

/// <summary>The gradients of one head in working memory, laid out as in <see cref="HeadTiles{TSimd, TVector}"/>.</summary>
internal sealed unsafe class TileGradients<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    public const int Pieces = 14;

    private readonly AttentionTask _task;
    private readonly int _stride;
    private readonly float* _rows;   // (L, stride): gradients on their way out

    public TileGradients(AttentionTask task, Scratch scratch)
    {
        _task = task;
        Width = task.Shape.HeadDimension;
        _stride = HeadTiles<TSimd, TVector>.Rounded(Width);
        int lanes = HeadTiles<TSimd, TVector>.Lanes;
        long keys = (long)HeadTiles<TSimd, TVector>.LargestChunk(task) * _stride, prefix = (long)HeadTiles<TSimd, TVector>.LargestPrefix(task) * _stride;
        Keys = scratch.Take(keys);
        Values = scratch.Take(keys);
        PrefixKeys = scratch.Take(prefix);
        PrefixValues = scratch.Take(prefix);
        QueryRows = Zeros(scratch, lanes * _stride);
        PlainQueryRows = Zeros(scratch, lanes * _stride);
        AboveRows = Zeros(scratch, lanes * _stride);
        Above = scratch.Take((long)Width * lanes);
        Query = scratch.Take((long)Width * lanes);
        PlainQuery = scratch.Take((long)Width * lanes);
        ScoreGradients = scratch.Take((long)HeadTiles<TSimd, TVector>.BlockRows * lanes);
        LogSums = scratch.Take(lanes);
        Delta = scratch.Take(lanes);
        _rows = scratch.Take((long)lanes * _stride);
    }

    public int Width { get; }

    public float Scale => _task.Scale;

    /// <summary>(keys, K): of the rotated keys, times <see cref="AttentionTask.BitsPerNat"/>.</summary>
    public float* Keys { get; }

    /// <summary>(keys, K).</summary>
    public float* Values { get; }

    /// <summary>(prefix keys, K), times <see cref="AttentionTask.BitsPerNat"/>.</summary>
    public float* PrefixKeys { get; }

    /// <summary>(prefix keys, K).</summary>
    public float* PrefixValues { get; }

    /// <summary>(L, K): the tile's queries, not their gradients; 0 behind K.</summary>
    public float* QueryRows { get; }

    /// <summary>(L, K): the tile's unrotated queries, not their gradients; 0 behind K.</summary>
    public float* PlainQueryRows { get; }

    /// <summary>(L, K): the gradient of what the tile's queries read; 0 behind K.</summary>
    public float* AboveRows { get; }

    /// <summary>(K, L): the same.</summary>
    public float* Above { get; }

    /// <summary>(K, L): of the rotated queries, not yet scaled.</summary>
    public float* Query { get; }

    /// <summary>(K, L): of the unrotated queries, not yet scaled.</summary>
    public float* PlainQuery { get; }

    /// <summary>(B, L): of the scores in nats.</summary>
    public float* ScoreGradients { get; }

    /// <summary>(L): in bits.</summary>
    public float* LogSums { get; }

    /// <summary>(L): above . result, which is the sum over keys of share times its gradient.</summary>
    public float* Delta { get; }

    public static long Floats(AttentionTask task)
    {
        int width = task.Shape.HeadDimension, stride = HeadTiles<TSimd, TVector>.Rounded(width), lanes = HeadTiles<TSimd, TVector>.Lanes;
        return (2L * stride * (HeadTiles<TSimd, TVector>.LargestChunk(task) + HeadTiles<TSimd, TVector>.LargestPrefix(task)))
            + (4L * lanes * stride) + (3L * width * lanes) + ((HeadTiles<TSimd, TVector>.BlockRows + 2L) * lanes);
    }

    public void Clear(Chunk chunk)
    {
        new Span<float>(Keys, chunk.KeyCount * _stride).Clear();
        new Span<float>(Values, chunk.KeyCount * _stride).Clear();
        new Span<float>(PrefixKeys, chunk.PrefixCount * _stride).Clear();
        new Span<float>(PrefixValues, chunk.PrefixCount * _stride).Clear();
    }

    /// <summary>Lays out what comes from above for a tile.</summary>
    public void Load(HeadTiles<TSimd, TVector> tiles, float* result, float* above, float* logSums)
    {
        int lanes = HeadTiles<TSimd, TVector>.Lanes;
        long width = (long)Width * _task.Shape.Heads;
        for (int lane = 0; lane < lanes; lane++)
        {
            LogSums[lane] = lane < tiles.Tile.Count ? logSums[tiles.Tile.FirstQuery + lane] : -HeadTiles<TSimd, TVector>.Hidden;   // no share in empty lanes
            Delta[lane] = 0;
            if (lane >= tiles.Tile.Count) continue;
            long at = (tiles.QueryRow(lane) * width) + tiles.Column;
            long ahead = HeadTiles<TSimd, TVector>.RowsAhead * width;   // most rows follow one another; where they do not, this asks in vain
            HeadRows<TSimd, TVector>.Prefetch(above + at + ahead, Width);
            HeadRows<TSimd, TVector>.Prefetch(result + at + ahead, Width);
            HeadRows<TSimd, TVector>.Scale(above + at, AboveRows + ((long)lane * _stride), Width, scale: 1, add: false);
            Delta[lane] = HeadRows<TSimd, TVector>.Dot(above + at, result + at, Width);
        }
        HeadRows<TSimd, TVector>.ToLanes(AboveRows, _stride, tiles.Tile.Count, Above, Width, lanes);
    }

    public void StoreQueries(HeadTiles<TSimd, TVector> tiles, in Projections to)
    {
        int lanes = HeadTiles<TSimd, TVector>.Lanes;
        HeadRows<TSimd, TVector>.Transpose(Query, lanes, Width, tiles.Tile.Count, _rows, _stride);
        for (int lane = 0; lane < tiles.Tile.Count; lane++)
        {
            int token = tiles.QueryToken(lane);
            tiles.PrefetchQuery(to, lane);
            HeadRows<TSimd, TVector>.Rotate(
                _rows + ((long)lane * _stride), to.Query(tiles.QueryRow(lane), tiles.Column), Width, _task.Cosines(token), _task.Sines(token), _task.Scale, turn: -1, add: false);
        }
        if (tiles.Tile.Prefix == 0) return;
        HeadRows<TSimd, TVector>.Transpose(PlainQuery, lanes, Width, tiles.Tile.Count, _rows, _stride);
        for (int lane = 0; lane < tiles.Tile.Count; lane++)
            HeadRows<TSimd, TVector>.Scale(_rows + ((long)lane * _stride), to.Query(tiles.QueryRow(lane), tiles.Column), Width, _task.Scale, add: true);
    }

    /// <summary>Hands out the gradients of a chunk's keys and values.</summary>
    /// <param name="chunk">The chunk.</param>
    /// <param name="head">The head.</param>
    /// <param name="to">Keys before <paramref name="reached"/> and prefix keys are added to, the others written.</param>
    /// <param name="reached">One past the last key that earlier chunks had.</param>
    public void StoreKeys(Chunk chunk, int head, in Projections to, int reached)
    {
        const float NatsPerBit = 1 / AttentionTask.BitsPerNat;
        int column = head * Width;
        for (int i = 0; i < chunk.KeyCount; i++)
        {
            int token = _task.Plan.KeyTokens[chunk.FirstKey + i];
            if (i + HeadTiles<TSimd, TVector>.RowsAhead < chunk.KeyCount)
            {
                int next = _task.Plan.KeyTokens[chunk.FirstKey + i + HeadTiles<TSimd, TVector>.RowsAhead];
                HeadRows<TSimd, TVector>.Prefetch(to.Key(next, column), Width);
                HeadRows<TSimd, TVector>.Prefetch(to.Value(next, column), Width);
            }
            long at = (long)i * _stride;
            bool add = chunk.FirstKey + i < reached;
            HeadRows<TSimd, TVector>.Rotate(Keys + at, to.Key(token, column), Width, _task.Cosines(token), _task.Sines(token), NatsPerBit, turn: -1, add);
            HeadRows<TSimd, TVector>.Scale(Values + at, to.Value(token, column), Width, scale: 1, add);
        }
        for (int i = 0; i < chunk.PrefixCount; i++)
        {
            int token = _task.Stream.PrefixTokens[chunk.FirstPrefix + i];
            long at = (long)i * _stride;
            HeadRows<TSimd, TVector>.Scale(PrefixKeys + at, to.Key(token, column), Width, NatsPerBit, add: true);
            HeadRows<TSimd, TVector>.Scale(PrefixValues + at, to.Value(token, column), Width, scale: 1, add: true);
        }
    }

    private static float* Zeros(Scratch scratch, int floats)
    {
        float* piece = scratch.Take(floats);
        new Span<float>(piece, floats).Clear();
        return piece;
    }
}
