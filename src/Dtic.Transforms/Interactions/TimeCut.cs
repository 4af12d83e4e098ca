using System.Globalization;
using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Finds the moment at which interactions are cut, as an instant of <see cref="TimeColumn"/>.</summary>
internal abstract class TimeCut
{
    /// <summary>The first instant of the test period; rows lie on both sides of it.</summary>
    public abstract long Find(ReadOnlySpan<long> instants, DataViewSchema.Column column);

    /// <summary>The time that an instant of the column stands for.</summary>
    protected static string Describe(DataViewSchema.Column column, long instant) => TimeColumn.Describe(column.Type, instant);
}

/// <summary>
/// The time for which the share of rows at or after it is nearest to the wanted one; of two equally near the later one.
/// </summary>
internal sealed class TimeCutByFraction : TimeCut
{
    private readonly double _testFraction;

    public TimeCutByFraction(double testFraction)
    {
        // Written so that NaN is refused too.
        if (!(testFraction > 0 && testFraction < 1))
        {
            throw new ArgumentOutOfRangeException(
                nameof(testFraction),
                string.Create(CultureInfo.InvariantCulture, $"testFraction ({testFraction}) must lie between 0 and 1, both excluded."));
        }

        _testFraction = testFraction;
    }

    /// <inheritdoc/>
    public override long Find(ReadOnlySpan<long> instants, DataViewSchema.Column column)
    {
        return Nearest(instants, _testFraction) ?? throw new InvalidOperationException(
            $"All rows have the same time in column '{column.Name}' ({Describe(column, instants[0])}): no cut in time leaves rows on both sides.");
    }

    /// <summary>The cut for that share of the instants; null where they are all the same.</summary>
    public static long? Nearest(ReadOnlySpan<long> instants, double fraction)
    {
        long[] sorted = instants.ToArray();
        Array.Sort(sorted);
        double wanted = fraction * sorted.Length;
        double smallest = double.PositiveInfinity;
        long? cut = null;
        for (int i = 1; i < sorted.Length; i++)
        {
            double distance = Math.Abs(sorted.Length - i - wanted);
            if (sorted[i] != sorted[i - 1] && distance <= smallest)
            {
                smallest = distance;
                cut = sorted[i];
            }
        }

        return cut;
    }
}

/// <summary>A moment that the user names.</summary>
internal sealed class TimeCutAt : TimeCut
{
    private readonly long _cut;

    /// <param name="column">The column that says when.</param>
    /// <param name="cut">A time of that column's type.</param>
    public TimeCutAt(DataViewSchema.Column column, object cut)
    {
        _cut = cut switch
        {
            DateTime moment when column.Type is DateTimeDataViewType => moment.Ticks,
            DateTimeOffset moment when column.Type is DateTimeOffsetDataViewType => moment.UtcTicks,
            long number when TimeColumn.IsInteger(column.Type) => number,
            long number when column.Type == NumberDataViewType.Double => TimeColumn.FromDouble(number),
            _ => throw new ArgumentException(
                $"The cut is given as {cut.GetType().Name}, but column '{column.Name}' (time) is {SourceSchema.Describe(column.Type)}: give it in the column's type.",
                nameof(cut)),
        };
    }

    /// <inheritdoc/>
    public override long Find(ReadOnlySpan<long> instants, DataViewSchema.Column column)
    {
        long first = long.MaxValue, last = long.MinValue;
        foreach (long instant in instants)
        {
            first = Math.Min(first, instant);
            last = Math.Max(last, instant);
        }

        if (first < _cut && _cut <= last)
        {
            return _cut;
        }

        string empty = _cut > last ? "at or after" : "before";
        throw new InvalidOperationException(
            $"No row lies {empty} the cut ({Describe(column, _cut)}): the times in column '{column.Name}' go from " +
            $"{Describe(column, first)} to {Describe(column, last)}.");
    }
}
