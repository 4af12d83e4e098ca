using System.Globalization;
using Dtic.Transforms.Interactions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet.Evaluation;

/// <summary>Compares two scored views.</summary>
internal static class DriftComparer
{
    private const int Bins = 10;

    /// <exception cref="InvalidOperationException">A view has no rows.</exception>
    public static ScoreDrift Compare(IDataView reference, IDataView current, DriftOptions options, IChannel log)
    {
        var before = ScoredRows.Read(reference, options, log);
        var now = ScoredRows.Read(current, options, log);
        if (before.Count == 0) throw new InvalidOperationException("There is nothing to compare with: the reference has no rows.");
        if (now.Count == 0) throw new InvalidOperationException("There is nothing to compare: the current view has no rows.");
        float[] probabilitiesBefore = Sorted(before), probabilitiesNow = Sorted(now);
        return new ScoreDrift
        {
            Reference = Side(before, reference.Schema, options),
            Current = Side(now, current.Schema, options),
            KolmogorovSmirnovDistance = Distance(probabilitiesBefore, probabilitiesNow),
            Probabilities = ProbabilityBins(probabilitiesBefore, probabilitiesNow),
            HistoryLengths = options.HistoryLengthColumnName is null ? [] : HistoryBins(before, now, options.HistoryLengths),
        };
    }

    private static float[] Sorted(ScoredRows rows)
    {
        float[] values = rows.Probabilities.ToArray();
        Array.Sort(values);
        return values;
    }

    private static double Distance(float[] a, float[] b)
    {
        double distance = 0;
        for (int i = 0, j = 0; i < a.Length && j < b.Length;)
        {
            float value = Math.Min(a[i], b[j]);
            while (i < a.Length && a[i] == value) i++;
            while (j < b.Length && b[j] == value) j++;
            distance = Math.Max(distance, Math.Abs(((double)i / a.Length) - ((double)j / b.Length)));
        }
        return distance;
    }

    private static IReadOnlyList<DriftBin> ProbabilityBins(float[] reference, float[] current)
    {
        // A bin ends with the greatest value of its tenth; equal values share a bin.
        List<float> ends = [];
        for (int bin = 1; bin < Bins; bin++)
        {
            float end = reference[Math.Max(0, (int)((long)reference.Length * bin / Bins) - 1)];
            if (end < reference[^1] && (ends.Count == 0 || ends[^1] < end)) ends.Add(end);
        }
        ends.Add(1);

        // Three digits, or as many as it takes to tell the bounds apart: nine tell all.
        string[] names = Enumerable.Range(3, 7).Select(digits => ends.ConvertAll(end => end.ToString(FormattableString.Invariant($"G{digits}"), CultureInfo.InvariantCulture)).ToArray())
            .First(some => some.Distinct().Count() == some.Length);
        return [.. ends.Select((end, bin) => new DriftBin
        {
            Name = $"{(bin == 0 ? "0" : names[bin - 1])} to {names[bin]}",
            ReferenceShare = Share(reference, bin == 0 ? -1 : ends[bin - 1], end),
            CurrentShare = Share(current, bin == 0 ? -1 : ends[bin - 1], end),
        })];
    }

    /// <summary>The share of values above one bound and not above the other.</summary>
    private static double Share(float[] sorted, float above, float most) => (double)(CountUpTo(sorted, most) - CountUpTo(sorted, above)) / sorted.Length;

    private static int CountUpTo(float[] sorted, float most)
    {
        int low = 0, high = sorted.Length;
        while (low < high)
        {
            int middle = low + ((high - low) / 2);
            if (sorted[middle] <= most) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    private static IReadOnlyList<DriftBin> HistoryBins(ScoredRows reference, ScoredRows current, IReadOnlyList<int> bounds) => [.. bounds.Select((_, group) => new DriftBin
    {
        Name = HistoryGroups.Name(bounds, group),
        ReferenceShare = (double)reference.Histories.Count((byte)group) / reference.Count,
        CurrentShare = (double)current.Histories.Count((byte)group) / current.Count,
    })];

    private static DriftSide Side(ScoredRows rows, DataViewSchema schema, DriftOptions options)
    {
        int[] all = [.. Enumerable.Range(0, rows.Count)];
        var whole = Sum(all, rows);
        return new DriftSide
        {
            NumberOfRows = rows.Count,
            NumberOfLabeledRows = whole.Labeled,
            PositiveRate = whole.Positives / whole.Labeled,
            MeanProbability = whole.Probability / rows.Count,
            UnseenItemRate = options.ItemColumnName is null ? double.NaN : (double)rows.Seen.Count(false) / rows.Count,
            Periods = options.TimeColumnName is { } time ? Periods(all, rows, schema[time].Type, options.NumberOfPeriods) : [],
        };
    }

    private static List<DriftPeriod> Periods(int[] order, ScoredRows rows, DataViewType time, int count)
    {
        Array.Sort(rows.Instants.ToArray(), order);
        var periods = new List<DriftPeriod>();
        for (int start = 0, end; start < order.Length; start = end)
        {
            // To the next of the equal cuts, and on to the end of its moment, whose rows stay together.
            long cut = ((long)start * count / order.Length) + 1;
            end = (int)(((order.Length * cut) + count - 1) / count);
            while (end < order.Length && rows.Instants[order[end]] == rows.Instants[order[end - 1]]) end++;
            var sum = Sum(order.AsSpan(start..end), rows);
            periods.Add(new DriftPeriod
            {
                Begin = Describe(rows.Instants[order[start]], time),
                End = Describe(rows.Instants[order[end - 1]], time),
                NumberOfRows = end - start,
                NumberOfLabeledRows = sum.Labeled,
                MeanProbability = sum.Labeled > 0 ? sum.LabeledProbability / sum.Labeled : sum.Probability / (end - start),
                PositiveRate = sum.Positives / sum.Labeled,
            });
        }
        return periods;
    }

    private static (long Labeled, double Positives, double Probability, double LabeledProbability) Sum(ReadOnlySpan<int> order, ScoredRows rows)
    {
        long labeled = 0, positives = 0;
        double probability = 0, labeledProbability = 0;
        foreach (int row in order)
        {
            probability += rows.Probabilities[row];
            if (rows.Labels[row] == ScoredRows.Missing) continue;
            labeled++;
            positives += rows.Labels[row];
            labeledProbability += rows.Probabilities[row];
        }
        return (labeled, positives, probability, labeledProbability);
    }

    private static string Describe(long instant, DataViewType type) =>
        TimeColumn.IsCalendar(type) ? new DateTime(instant, DateTimeKind.Utc).ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture)
        : type == NumberDataViewType.Double ? TimeColumn.ToDouble(instant).ToString(CultureInfo.InvariantCulture)
        : instant.ToString(CultureInfo.InvariantCulture);
}
