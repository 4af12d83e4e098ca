using System.Globalization;
using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>
/// Reads a time column of any supported type as one 64-bit number, the <em>instant</em>, such that instants compare like the times they stand for.
/// </summary>
/// <remarks>
/// DateTime: its ticks (the kind is ignored). DateTimeOffset: its UTC ticks. Integers: the number. Double: its bits, reordered so that they
/// compare as integers; a number that is not finite is an error.
/// </remarks>
internal static class TimeColumn
{
    private const string Role = "time";

    /// <summary>The time column of <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">The column is missing or of a wrong type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = SourceSchema.Find(schema, name, Role);
        Check(name, column.Type);
        return column;
    }

    /// <summary>Throws unless a time can have that type.</summary>
    public static void Check(string name, DataViewType type)
    {
        if (IsCalendar(type) || IsInteger(type) || type == NumberDataViewType.Double)
        {
            return;
        }

        string remedy = type == NumberDataViewType.Single ? "Single cannot hold Unix seconds exactly: load the column as Int64 or Double." : "";
        throw SourceSchema.WrongType(name, type, Role, "DateTime, DateTimeOffset, an integer or Double", remedy);
    }

    /// <summary>Whether a column of times holds integers.</summary>
    public static bool IsInteger(DataViewType type) => type is NumberDataViewType && type != NumberDataViewType.Single && type != NumberDataViewType.Double;

    /// <summary>Whether the type counts calendar time, so that a delay is a <see cref="TimeSpan"/>, and not some unit of its own.</summary>
    public static bool IsCalendar(DataViewType type) => type is DateTimeDataViewType or DateTimeOffsetDataViewType;

    /// <summary>The time that an instant stands for.</summary>
    public static string Describe(DataViewType type, long instant) => type switch
    {
        DateTimeDataViewType => new DateTime(instant).ToString("O", CultureInfo.InvariantCulture),
        DateTimeOffsetDataViewType => new DateTimeOffset(instant, TimeSpan.Zero).ToString("O", CultureInfo.InvariantCulture),
        _ when type == NumberDataViewType.Double => ToDouble(instant).ToString("R", CultureInfo.InvariantCulture),
        _ => instant.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>Reads the instant of the row's current position.</summary>
    public static Func<long> CreateReader(DataViewRow row, DataViewSchema.Column column) => CreateValues(row, column).Read;

    /// <summary>Reads the instants of a vector of times, one for each target of a prompt.</summary>
    public static Func<long[]> CreateVectorReader(DataViewRow row, DataViewSchema.Column column) => CreateValues(row, column).ReadAll;

    /// <summary>Reads the instant of the row's current position; null: it is none.</summary>
    public static Func<long?> CreateTolerantReader(DataViewRow row, DataViewSchema.Column column) => column.Type.RawType switch
    {
        var raw when raw == typeof(double) => ConvertedValues<long?>.Create<double>(row, column, static value => double.IsFinite(value) ? FromDouble(value) : null).Read,
        var raw when raw == typeof(ulong) => ConvertedValues<long?>.Create<ulong>(row, column, static value => value <= long.MaxValue ? (long)value : null).Read,
        _ => CreateReader(row, column) is var read ? () => read() : null!,
    };

    /// <summary>Reads the instants of a time, or of a vector of times.</summary>
    public static ConvertedValues<long> CreateValues(DataViewRow row, DataViewSchema.Column column)
    {
        var item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        Check(column.Name, item);
        return item.RawType switch
        {
            var raw when raw == typeof(DateTime) => ConvertedValues<long>.Create<DateTime>(row, column, static value => value.Ticks),
            var raw when raw == typeof(DateTimeOffset) => ConvertedValues<long>.Create<DateTimeOffset>(row, column, static value => value.UtcTicks),
            var raw when raw == typeof(double) => ConvertedValues<long>.Create<double>(row, column, value => FromDouble(value, column.Name, row.Position)),
            var raw when raw == typeof(ulong) => ConvertedValues<long>.Create<ulong>(row, column, value => FromUnsigned(value, column.Name, row.Position)),
            _ => ConvertedValues<long>.CreateOfIntegers(row, column, static value => value),
        };
    }

    /// <summary>The instant of a number: integers that order as the numbers do.</summary>
    public static long FromDouble(double value)
    {
        long bits = BitConverter.DoubleToInt64Bits(value + 0.0);   // + 0.0 makes -0.0 equal 0.0
        return bits >= 0 ? bits : bits ^ long.MaxValue;
    }

    /// <summary>The number of an instant made by <see cref="FromDouble(double)"/>.</summary>
    public static double ToDouble(long instant) => BitConverter.Int64BitsToDouble(instant >= 0 ? instant : instant ^ long.MaxValue);

    private static long FromDouble(double value, string name, long row) =>
        double.IsFinite(value)
            ? FromDouble(value)
            : throw new InvalidOperationException(FormattableString.Invariant($"Column '{name}' (time) holds {value} in row {row} (counted from 0); a time must be a finite number. Filter such rows out, for instance by FilterRowsByMissingValues."));

    private static long FromUnsigned(ulong value, string name, long row) =>
        value <= long.MaxValue
            ? (long)value
            : throw new InvalidOperationException(FormattableString.Invariant($"Column '{name}' (time) holds {value} in row {row} (counted from 0); a time must be {long.MaxValue} at most."));
}
