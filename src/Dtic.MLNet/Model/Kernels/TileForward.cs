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
        int lanes = HeadTiles<TSimd, TVector>.Lanes;
        for (int begin = 0; begin < tiles.Tile.Prefix; begin += Block)
        {
            int rows = Math.Min(Block, tiles.Tile.Prefix - begin);
            tiles.ScorePrefix(begin, rows);
            if (Share(tiles.Scores, rows, mixed, state, width))
                Product<TSimd, TVector>.Run(tiles.PrefixValues + ((long)begin * tiles.Stride), 1, tiles.Stride, width, rows, tiles.Scores, lanes, mixed, lanes, 2, add: true);
        }
        // Newest first: once the maximum is known, old keys that the bias has put far below it are not even mixed.
        for (int end = tiles.Tile.KeyEnd, begin; end > tiles.Tile.KeyBegin; end = begin)
        {
            begin = tiles.BlockBegin(end);
            int rows = end - begin;
            if (!tiles.Reaches(begin, state)) continue;
            tiles.ScoreWindow(begin, rows);
            if (Share(tiles.Scores, rows, mixed, state, width))
                Product<TSimd, TVector>.Run(tiles.Values + ((long)begin * tiles.Stride), 1, tiles.Stride, width, rows, tiles.Scores, lanes, mixed, lanes, 2, add: true);
        }
    }

    /// <summary>Makes scores shares under the running maximum, which may rise. False: all of them are negligible, and the scores are as they were.</summary>
    private static bool Share(float* scores, int rows, float* mixed, float* state, int width)
    {
        int n = TSimd.Lanes, lanes = 2 * n;
        TVector old0 = TSimd.Load(state), old1 = TSimd.Load(state + n), top0 = TSimd.Load(scores), top1 = TSimd.Load(scores + n);
        for (int row = 1; row < rows; row++)
        {
            top0 = TSimd.Max(top0, TSimd.Load(scores + (row * lanes)));
            top1 = TSimd.Max(top1, TSimd.Load(scores + (row * lanes) + n));
        }
        var limit = TSimd.Fill(SimdMath<TSimd, TVector>.Negligible);
        TVector seen = TSimd.Or(TSimd.AtLeast(TSimd.Subtract(top0, old0), limit), TSimd.AtLeast(TSimd.Subtract(top1, old1), limit));
        if (!TSimd.Any(seen)) return false;

        TVector new0 = TSimd.Max(old0, top0), new1 = TSimd.Max(old1, top1);
        TVector sum0 = TSimd.Load(state + lanes), sum1 = TSimd.Load(state + lanes + n);
        if (TSimd.Any(TSimd.Or(TSimd.Below(old0, new0), TSimd.Below(old1, new1))))
        {
            TVector fall0 = SimdMath<TSimd, TVector>.PowerOfTwo(TSimd.Subtract(old0, new0)), fall1 = SimdMath<TSimd, TVector>.PowerOfTwo(TSimd.Subtract(old1, new1));
            (sum0, sum1) = (TSimd.Multiply(sum0, fall0), TSimd.Multiply(sum1, fall1));
            for (int c = 0; c < width; c++)
            {
                float* row = mixed + (c * lanes);
                TSimd.Store(TSimd.Multiply(TSimd.Load(row), fall0), row);
                TSimd.Store(TSimd.Multiply(TSimd.Load(row + n), fall1), row + n);
            }
        }
        for (int row = 0; row < rows; row++, scores += lanes)
        {
            var share0 = SimdMath<TSimd, TVector>.PowerOfTwo(TSimd.Subtract(TSimd.Load(scores), new0));
            var share1 = SimdMath<TSimd, TVector>.PowerOfTwo(TSimd.Subtract(TSimd.Load(scores + n), new1));
            (sum0, sum1) = (TSimd.Add(sum0, share0), TSimd.Add(sum1, share1));
            TSimd.Store(share0, scores);
            TSimd.Store(share1, scores + n);
        }
        TSimd.Store(new0, state);
        TSimd.Store(new1, state + n);
        TSimd.Store(sum0, state + lanes);
        TSimd.Store(sum1, state + lanes + n);
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
