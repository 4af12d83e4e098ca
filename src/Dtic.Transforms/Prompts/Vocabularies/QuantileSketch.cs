using System.Runtime.InteropServices;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Counts numbers in bounded memory so that quantiles do not depend on the order of the numbers.
/// </summary>
/// <remarks>
/// Each distinct value has its own bucket while there are at most <c>maximumBuckets</c> of them: the quantiles are exact then.
/// When there are more, the buckets become coarser: doubles that agree in all but their lowest s bits share one, for the smallest s that fits.
/// That s depends on the set of values alone, counts are never lost, and a bucket is represented by its largest value,
/// so nothing is sampled and every order of the same values gives the same edges.
/// </remarks>
internal sealed class QuantileSketch(int maximumBuckets = 65_536)
{
    private Dictionary<long, (long Count, double Largest)> _buckets = [];
    private int _shift;

    /// <summary>Counts one value; NaN and infinities are not counted.</summary>
    public void Add(double value)
    {
        if (!double.IsFinite(value))
        {
            return;
        }
        value += 0.0;   // -0 becomes 0
        Add(_buckets, Ordered(value) >> _shift, 1, value);
        while (_buckets.Count > maximumBuckets)
        {
            Coarsen();
        }
    }

    /// <summary>Distinct ascending edges of at most <paramref name="bins"/> bins; each is a value that was added, and none is the largest.</summary>
    /// <remarks>A value so frequent that two quantiles fall on it also gets an edge below it: it uses up the bins it fills, and is not mixed with rarer ones.</remarks>
    public double[] Edges(int bins)
    {
        var buckets = _buckets.OrderBy(bucket => bucket.Key).Select(bucket => bucket.Value).ToArray();
        if (buckets.Length <= bins)
        {
            return [.. buckets.SkipLast(1).Select(bucket => bucket.Largest)];
        }

        var edges = new SortedSet<double>();
        long total = buckets.Sum(bucket => bucket.Count), upTo = 0;
        int quantiles = 0;
        for (int i = 0; i < buckets.Length; i++)
        {
            upTo += buckets[i].Count;
            int before = quantiles;
            quantiles = Math.Min(bins - 1, (int)((Int128)upTo * bins / total));
            bool last = i == buckets.Length - 1;
            if (quantiles > before && !last)
            {
                edges.Add(buckets[i].Largest);
            }
            if (quantiles - before >= (last ? 1 : 2) && i > 0)
            {
                edges.Add(buckets[i - 1].Largest);
            }
        }
        return [.. edges];
    }

    private void Coarsen()
    {
        _shift++;
        var coarser = new Dictionary<long, (long Count, double Largest)>();
        foreach (var (key, (count, largest)) in _buckets)
        {
            Add(coarser, key >> 1, count, largest);
        }
        _buckets = coarser;
    }

    private static void Add(Dictionary<long, (long Count, double Largest)> buckets, long key, long count, double value)
    {
        ref var bucket = ref CollectionsMarshal.GetValueRefOrAddDefault(buckets, key, out bool exists);
        bucket = exists ? (bucket.Count + count, Math.Max(bucket.Largest, value)) : (count, value);
    }

    /// <summary>The bits of a double, arranged so that integers compare as the doubles do.</summary>
    private static long Ordered(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value);
        return bits ^ ((bits >> 63) & long.MaxValue);
    }
}
