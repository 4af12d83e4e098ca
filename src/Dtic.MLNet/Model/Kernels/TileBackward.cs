namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// Attention, backward: scores are computed again from the saved log-sum-exp (Dao et al. 2022, arXiv:2205.14135, algorithm 4). One thread,
/// fixed order: the same input gives the same bits.
/// </summary>
internal static unsafe class TileBackward<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    private const int Block = HeadTiles<TSimd, TVector>.BlockRows;

    /// <param name="task">The pass.</param>
    /// <param name="from">Queries, keys and values.</param>
    /// <param name="result">(Q, H * K): what forward gave.</param>
    /// <param name="logSums">(H, Q): what forward gave.</param>
    /// <param name="above">(Q, H * K): the gradient of the result.</param>
    /// <param name="to">Receives the gradients; each element is written, whatever stood there.</param>
    public static void Run(AttentionTask task, in Projections from, float* result, float* logSums, float* above, in Projections to)
    {
        int heads = task.Shape.Heads, queries = task.Plan.QueryTokens.Length;
        using var scratch = new Scratch(HeadTiles<TSimd, TVector>.Floats(task) + TileGradients<TSimd, TVector>.Floats(task), HeadTiles<TSimd, TVector>.Pieces + TileGradients<TSimd, TVector>.Pieces);
        var tiles = new HeadTiles<TSimd, TVector>(task, from, scratch);
        var gradients = new TileGradients<TSimd, TVector>(task, scratch);
        int reached = 0;   // keys that have a gradient: chunks come in the order of their ends, and overlap
        foreach (int token in task.Stream.PrefixTokens) Clear(task, to, token);
        foreach (var chunk in task.Plan.Chunks)   // all heads of a chunk while its rows are in cache
        {
            for (; reached < chunk.FirstKey; reached++) Clear(task, to, task.Plan.KeyTokens[reached]);
            for (int head = 0; head < heads; head++)
            {
                tiles.Load(chunk, head);
                gradients.Clear(chunk);
                for (int i = 0; i < chunk.TileCount; i++)
                {
                    tiles.LoadQueries(chunk.FirstTile + i, gradients.QueryRows, gradients.PlainQueryRows);
                    gradients.Load(tiles, result, above, logSums + ((long)head * queries));
                    Tile(tiles, gradients);
                    gradients.StoreQueries(tiles, to);
                    Own(tiles, gradients, from, to);
                }
                gradients.StoreKeys(chunk, head, to, reached);
            }
            reached = Math.Max(reached, chunk.FirstKey + chunk.KeyCount);
        }
        for (; reached < task.Plan.KeyTokens.Length; reached++) Clear(task, to, task.Plan.KeyTokens[reached]);
    }

    /// <summary>No gradient of a key and value yet, in all heads.</summary>
    private static void Clear(AttentionTask task, in Projections to, int token)
    {
        int width = task.Shape.Heads * task.Shape.HeadDimension;
        new Span<float>(to.Key(token, 0), width).Clear();
        new Span<float>(to.Value(token, 0), width).Clear();
    }

    private static void Tile(HeadTiles<TSimd, TVector> tiles, TileGradients<TSimd, TVector> g)
    {
        int width = g.Width, lanes = HeadTiles<TSimd, TVector>.Lanes;
        nint stride = tiles.Stride;
        new Span<float>(g.Query, width * lanes).Clear();
        if (tiles.Tile.Prefix > 0) new Span<float>(g.PlainQuery, width * lanes).Clear();
        for (int begin = 0; begin < tiles.Tile.Prefix; begin += Block)
        {
            int rows = Math.Min(Block, tiles.Tile.Prefix - begin);
            nint at = begin * stride;
            var halves = tiles.InPrefix();
            tiles.ScorePrefix(begin, rows, halves);
            Add(tiles, g, rows, Share(tiles.Scores, rows, halves, g.LogSums), tiles.PrefixKeys + at, tiles.PrefixValues + at, g.PlainQueryRows, g.PlainQuery, g.PrefixKeys + at, g.PrefixValues + at);
        }
        for (int end = tiles.Tile.KeyEnd, begin; end > tiles.Tile.KeyBegin; end = begin)
        {
            begin = tiles.BlockBegin(end);
            var halves = tiles.InWindow(begin, end, g.LogSums);
            if (!halves.Any) continue;
            int rows = end - begin;
            nint at = begin * stride;
            tiles.ScoreWindow(begin, rows, halves);
            Add(tiles, g, rows, Share(tiles.Scores, rows, halves, g.LogSums), tiles.Keys + at, tiles.Values + at, g.QueryRows, g.Query, g.Keys + at, g.Values + at);
        }
    }

    /// <summary>Makes scores the final shares. Gives the halves with shares that are not negligible: nothing flows through the others.</summary>
    private static Halves Share(float* scores, int rows, Halves halves, float* logSums) =>
        new(halves.First && Share(scores, rows, logSums), halves.Second && Share(scores + TSimd.Lanes, rows, logSums + TSimd.Lanes));

    /// <summary>The same for one half, each argument at its first lane.</summary>
    private static bool Share(float* scores, int rows, float* logSums)
    {
        TVector log = TSimd.Load(logSums), top = default;
        for (int row = 0; row < rows; row++, scores += HeadTiles<TSimd, TVector>.Lanes)
        {
            var share = SimdMath<TSimd, TVector>.PowerOfTwo(TSimd.Subtract(TSimd.Load(scores), log));
            top = TSimd.Max(top, share);
            TSimd.Store(share, scores);
        }
        return TSimd.Any(TSimd.Below(default, top));
    }

    /// <summary>
    /// Adds what flows through one block into the halves' lanes: with shares p, dp = v . above and ds = p (dp - delta), to queries ds k, to keys
    /// ds q, to values p above.
    /// </summary>
    private static void Add(
        HeadTiles<TSimd, TVector> tiles,
        TileGradients<TSimd, TVector> g,
        int rows,
        Halves halves,
        float* keys,
        float* values,
        float* queryRows,
        float* queryGradient,
        float* keyGradients,
        float* valueGradients)
    {
        if (!halves.Any) return;
        int n = TSimd.Lanes, lanes = 2 * n, vectors = tiles.Stride / n, first = halves.Begin * n, count = Math.Min(tiles.Tile.Count, halves.End * n) - first;
        nint stride = tiles.Stride, firstRow = first * stride;
        float* shares = tiles.Scores + first, scores = g.ScoreGradients + first;
        Product<TSimd, TVector>.Run(values, stride, 1, rows, g.Width, g.Above + first, lanes, scores, lanes, halves.Count, add: false);
        for (int half = halves.Begin; half < halves.End; half++) ToScoreGradients(tiles.Scores + (half * n), g.ScoreGradients + (half * n), rows, TSimd.Load(g.Delta + (half * n)));
        Product<TSimd, TVector>.Run(keys, 1, stride, g.Width, rows, scores, lanes, queryGradient + first, lanes, halves.Count, add: true);
        Product<TSimd, TVector>.Run(scores, lanes, 1, rows, count, queryRows + firstRow, stride, keyGradients, stride, vectors, add: true);
        Product<TSimd, TVector>.Run(shares, lanes, 1, rows, count, g.AboveRows + firstRow, stride, valueGradients, stride, vectors, add: true);
    }

    /// <summary>ds = p (dp - delta), for one half.</summary>
    private static void ToScoreGradients(float* share, float* score, int rows, TVector delta)
    {
        for (int row = 0; row < rows; row++, share += HeadTiles<TSimd, TVector>.Lanes, score += HeadTiles<TSimd, TVector>.Lanes)
            TSimd.Store(TSimd.Multiply(TSimd.Load(share), TSimd.Subtract(TSimd.Load(score), delta)), score);
    }

    /// <summary>A [SUM]'s own key, which no other query has: its gradients go where they belong at once.</summary>
    private static void Own(HeadTiles<TSimd, TVector> tiles, TileGradients<TSimd, TVector> g, in Projections from, in Projections to)
    {
        for (int lane = 0; lane < tiles.Tile.Count; lane++)
        {
            if (!tiles.IsSum(lane)) continue;
            int token = tiles.QueryToken(lane), row = tiles.QueryRow(lane);
            float* above = g.AboveRows + ((long)lane * tiles.Stride);
            float share = MathF.Pow(2, tiles.OwnScore(lane) - g.LogSums[lane]);
            float score = share * (HeadRows<TSimd, TVector>.Dot(from.Value(token, tiles.Column), above, g.Width) - g.Delta[lane]) * g.Scale;
            HeadRows<TSimd, TVector>.Scale(from.Key(token, tiles.Column), to.Query(row, tiles.Column), g.Width, score, add: true);
            HeadRows<TSimd, TVector>.Scale(from.Query(row, tiles.Column), to.Key(token, tiles.Column), g.Width, score, add: false);
            HeadRows<TSimd, TVector>.Scale(above, to.Value(token, tiles.Column), g.Width, share, add: false);
        }
    }
}
