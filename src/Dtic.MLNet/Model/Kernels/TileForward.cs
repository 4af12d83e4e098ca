namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// Attention, forward: blocks of keys are mixed as they come, under a running maximum (Dao et al. 2022, arXiv:2205.14135), so that nothing as
/// large as queries times window exists.
/// </summary>
internal static unsafe class TileForward<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    /// <param name="task">The pass.</param>
    /// <param name="from">Queries, keys and values.</param>
    /// <param name="result">(Q, H * K): what the queries read.</param>
    /// <param name="logSums">(H, Q), in the plan's order: each query's log-sum-exp in bits, for the way back.</param>
    public static void Run(AttentionTask task, in Projections from, float* result, float* logSums)
    {
        int width = task.Shape.HeadDimension, lanes = HeadTiles<TSimd, TVector>.Lanes, queries = task.Plan.QueryTokens.Length;
        using var scratch = new Scratch(HeadTiles<TSimd, TVector>.Floats(task) + ((width + 2L + HeadTiles<TSimd, TVector>.Rounded(width)) * lanes), HeadTiles<TSimd, TVector>.Pieces + 3);
        var tiles = new HeadTiles<TSimd, TVector>(task, from, scratch);
        float* mixed = scratch.Take((long)width * lanes);   // (K, L)
        float* state = scratch.Take(2 * lanes);          // running maximum and sum of each lane
        float* rows = scratch.Take((long)lanes * tiles.Stride);   // (L, stride): what was mixed, on its way out
        foreach (var chunk in task.Plan.Chunks)   // all heads of a chunk while its rows are in cache
        {
            for (int head = 0; head < task.Shape.Heads; head++)
            {
                tiles.Load(chunk, head);
                for (int i = 0; i < chunk.TileCount; i++)
                {
                    tiles.LoadQueries(chunk.FirstTile + i);
                    Begin(tiles, from, mixed, state, width);
                    Mix(tiles, mixed, state, width);
                    End(tiles, mixed, state, rows, width, result, width * task.Shape.Heads, logSums + ((long)head * queries));
                }
            }
        }
    }

    /// <summary>A [SUM] begins with itself, any other query with nothing.</summary>
    private static void Begin(HeadTiles<TSimd, TVector> tiles, in Projections from, float* mixed, float* state, int width)
    {
        int lanes = HeadTiles<TSimd, TVector>.Lanes;
        new Span<float>(mixed, width * lanes).Clear();
        new Span<float>(state, tiles.Tile.Count).Fill(HeadTiles<TSimd, TVector>.NoScore);
        new Span<float>(state + tiles.Tile.Count, lanes - tiles.Tile.Count).Fill(-HeadTiles<TSimd, TVector>.Hidden);   // no share in empty lanes
        new Span<float>(state + lanes, lanes).Clear();
        for (int lane = 0; lane < tiles.Tile.Count; lane++)
        {
            if (!tiles.IsSum(lane)) continue;
            state[lane] = tiles.OwnScore(lane);
            state[lanes + lane] = 1;
            float* value = from.Value(tiles.QueryToken(lane), tiles.Column);
            for (int c = 0; c < width; c++) mixed[(c * lanes) + lane] = value[c];
        }
    }

    private static void Mix(HeadTiles<TSimd, TVector> tiles, float* mixed, float* state, int width)
    {
        const int Block = HeadTiles<TSimd, TVector>.BlockRows;
        for (int begin = 0; begin < tiles.Tile.Prefix; begin += Block)
        {
            int rows = Math.Min(Block, tiles.Tile.Prefix - begin);
            var halves = tiles.InPrefix();
            tiles.ScorePrefix(begin, rows, halves);
            Add(tiles, tiles.PrefixValues + ((long)begin * tiles.Stride), rows, Share(tiles.Scores, rows, halves, mixed, state, width), mixed, width);
        }
        // Newest first: once the maximum is known, old keys that the bias has put far below it are not even mixed.
        for (int end = tiles.Tile.KeyEnd, begin; end > tiles.Tile.KeyBegin; end = begin)
        {
            begin = tiles.BlockBegin(end);
            var halves = tiles.InWindow(begin, end, state);
            if (!halves.Any) continue;
            int rows = end - begin;
            tiles.ScoreWindow(begin, rows, halves);
            Add(tiles, tiles.Values + ((long)begin * tiles.Stride), rows, Share(tiles.Scores, rows, halves, mixed, state, width), mixed, width);
        }
    }

    private static void Add(HeadTiles<TSimd, TVector> tiles, float* values, int rows, Halves halves, float* mixed, int width)
    {
        if (!halves.Any) return;
        int lanes = HeadTiles<TSimd, TVector>.Lanes, offset = halves.Begin * TSimd.Lanes;
        Product<TSimd, TVector>.Run(values, 1, tiles.Stride, width, rows, tiles.Scores + offset, lanes, mixed + offset, lanes, halves.Count, add: true);
    }

    /// <summary>Makes scores shares under the running maximum, which may rise. Gives the halves with shares that are not negligible; the others' scores are as they were.</summary>
    private static Halves Share(float* scores, int rows, Halves halves, float* mixed, float* state, int width)
    {
        int n = TSimd.Lanes;
        return new Halves(halves.First && Share(scores, rows, mixed, state, width), halves.Second && Share(scores + n, rows, mixed + n, state + n, width));
    }

    /// <summary>The same for one half, each argument at its first lane.</summary>
    private static bool Share(float* scores, int rows, float* mixed, float* state, int width)
    {
        int lanes = HeadTiles<TSimd, TVector>.Lanes, row = 1;
        TVector old = TSimd.Load(state), top = TSimd.Load(scores), other = top;   // two maxima, so that none waits for the last
        for (; row + 2 <= rows; row += 2)
        {
            top = TSimd.Max(top, TSimd.Load(scores + (row * lanes)));
            other = TSimd.Max(other, TSimd.Load(scores + ((row + 1) * lanes)));
        }
        if (row < rows) top = TSimd.Max(top, TSimd.Load(scores + (row * lanes)));
        top = TSimd.Max(top, other);
        if (!TSimd.Any(TSimd.AtLeast(TSimd.Subtract(top, old), TSimd.Fill(SimdMath<TSimd, TVector>.Negligible)))) return false;

        TVector now = TSimd.Max(old, top), sum = TSimd.Load(state + lanes);
        if (TSimd.Any(TSimd.Below(old, now)))
        {
            var fall = SimdMath<TSimd, TVector>.PowerOfTwo(TSimd.Subtract(old, now));
            sum = TSimd.Multiply(sum, fall);
            for (int c = 0; c < width; c++) TSimd.Store(TSimd.Multiply(TSimd.Load(mixed + (c * lanes)), fall), mixed + (c * lanes));
        }
        for (row = 0; row < rows; row++, scores += lanes)
        {
            var share = SimdMath<TSimd, TVector>.PowerOfTwo(TSimd.Subtract(TSimd.Load(scores), now));
            sum = TSimd.Add(sum, share);
            TSimd.Store(share, scores);
        }
        TSimd.Store(now, state);
        TSimd.Store(sum, state + lanes);
        return true;
    }

    private static void End(HeadTiles<TSimd, TVector> tiles, float* mixed, float* state, float* rows, int width, float* result, long resultStride, float* logSums)
    {
        int lanes = HeadTiles<TSimd, TVector>.Lanes;
        HeadRows<TSimd, TVector>.Transpose(mixed, lanes, width, tiles.Tile.Count, rows, tiles.Stride);
        for (int lane = 0; lane < tiles.Tile.Count; lane++)
        {
            float inverse = 1 / state[lanes + lane];   // every query has itself, so the sum is not 0
            float* row = result + (tiles.QueryRow(lane) * resultStride) + tiles.Column;
            HeadRows<TSimd, TVector>.Scale(rows + ((long)lane * tiles.Stride), row, width, inverse, add: false);
            logSums[tiles.Tile.FirstQuery + lane] = state[lane] + MathF.Log2(state[lanes + lane]);
        }
    }
}
