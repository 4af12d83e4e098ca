using System.Runtime.InteropServices;

namespace Dtic.Transforms.Checks;

/// <summary>How often each of many hashes came, in bounded memory: when there are too many, only those whose last bits are zero are kept, all their occurrences.</summary>
/// <remarks>What is kept does not depend on the order, and shares of what is kept estimate shares of all (sampling by hash, as in Flajolet 1990).</remarks>
internal sealed class SampledCounts(int capacity = 1 << 20)
{
    private readonly Dictionary<ulong, Tally> _tallies = [];

    /// <summary>How many last bits are zero in what is kept.</summary>
    public int ZeroBits { get; private set; }

    /// <summary>What was kept of each hash.</summary>
    public IEnumerable<Tally> Tallies => _tallies.Values;

    /// <summary>About how many different hashes came.</summary>
    public long Distinct => (long)_tallies.Count << ZeroBits;

    /// <summary>How many occurrences are kept.</summary>
    public long Kept => _tallies.Values.Sum(tally => tally.Rows);

    /// <summary>Counts one occurrence.</summary>
    /// <param name="hash">What came.</param>
    /// <param name="clicked">The outcome of its row; null: unknown.</param>
    public void Add(ulong hash, bool? clicked = null)
    {
        if (!IsKept(hash, ZeroBits))
        {
            return;
        }

        ref var tally = ref CollectionsMarshal.GetValueRefOrAddDefault(_tallies, hash, out _);
        tally = new Tally(tally.Rows + 1, tally.Labeled + (clicked is null ? 0 : 1), tally.Clicks + (clicked is true ? 1 : 0));
        while (_tallies.Count > capacity)
        {
            ZeroBits++;
            foreach (ulong other in _tallies.Keys.Where(key => !IsKept(key, ZeroBits)).ToArray())
            {
                _tallies.Remove(other);
            }
        }
    }

    /// <summary>The share of occurrences that come in <paramref name="other"/>, too, at least so often.</summary>
    public double ShareIn(SampledCounts other, int atLeast = 1)
    {
        int bits = Math.Max(ZeroBits, other.ZeroBits);
        long all = 0, found = 0;
        foreach (var (hash, tally) in _tallies.Where(entry => IsKept(entry.Key, bits)))
        {
            all += tally.Rows;
            found += other._tallies.TryGetValue(hash, out var there) && there.Rows >= atLeast ? tally.Rows : 0;
        }

        return all == 0 ? 0 : (double)found / all;
    }

    /// <summary>The share of occurrences that are not the first of their hash.</summary>
    public double RepeatedShare => Share(tally => tally.Rows - 1, tally => tally.Rows);

    /// <summary>The share of occurrences whose hash comes more than once.</summary>
    public double SharedShare => Share(tally => tally.Rows > 1 ? tally.Rows : 0, tally => tally.Rows);

    /// <summary>The share of occurrences whose hash comes less often than that.</summary>
    public double RareShare(int atLeast) => Share(tally => tally.Rows < atLeast ? tally.Rows : 0, tally => tally.Rows);

    /// <summary>About how many hashes come at least so often and are not among the most frequent ones, and the share of occurrences that are theirs.</summary>
    /// <param name="most">How many the most frequent ones are.</param>
    /// <param name="atLeast">Rarer hashes do not count.</param>
    public (long Hashes, double Share) Beyond(int most, int atLeast)
    {
        long[] rows = [.. _tallies.Values.Select(tally => tally.Rows).Where(rows => rows >= atLeast).OrderDescending().Skip(most >> ZeroBits)];
        return (rows.LongLength << ZeroBits, rows.Sum() / Math.Max(1.0, Kept));
    }

    /// <summary>The share of occurrences with known outcome whose hash comes at least so often with a known one, and always with the same.</summary>
    public double PureShare(int atLeast) =>
        Share(tally => tally.Labeled >= atLeast && (tally.Clicks == 0 || tally.Clicks == tally.Labeled) ? tally.Labeled : 0, tally => tally.Labeled);

    private double Share(Func<Tally, long> part, Func<Tally, long> whole) => Kept == 0 ? 0 : _tallies.Values.Sum(part) / Math.Max(1.0, _tallies.Values.Sum(whole));

    private static bool IsKept(ulong hash, int bits) => (hash & ((1UL << bits) - 1)) == 0;

    /// <param name="Rows">Occurrences.</param>
    /// <param name="Labeled">Those with a known outcome.</param>
    /// <param name="Clicks">Those with a click.</param>
    internal readonly record struct Tally(long Rows, long Labeled, long Clicks);
}
