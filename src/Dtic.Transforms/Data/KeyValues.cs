using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Data;

/// <summary>What the keys of a column stand for.</summary>
internal static class KeyValues
{
    /// <summary>The name of ML.NET's annotation.</summary>
    public const string AnnotationName = "KeyValues";

    /// <summary>
    /// What a key of the column stands for, in words: its value; without values its number, counted from 0 as in the file or the class that it was read from, where ML.NET itself
    /// counts from 1. The missing key is empty.
    /// </summary>
    public static Func<ulong, string> CreateSpeller(DataViewSchema.Column column)
    {
        string[]? values = Read(column);
        return key => key == 0 ? ""
            : values is null ? (key - 1).ToString(CultureInfo.InvariantCulture)
            : key <= (ulong)values.Length ? values[key - 1] : "";
    }

    /// <summary>Throws where nobody could know what the column's keys stand for.</summary>
    /// <exception cref="ArgumentException">They are vectors of keys without values.</exception>
    public static void RequireMeaning(DataViewSchema.Column column)
    {
        if (column.Type is VectorDataViewType { ItemType: KeyDataViewType } && column.Annotations.Schema.GetColumnOrNull(AnnotationName) is null)
        {
            throw new ArgumentException(
                $"Column '{column.Name}' is a vector of keys without key values, which mean different things: ML.NET counts those of an array with [KeyType] from 1, and those of a text file from 0. "
                + "Load plain integers or texts (without [KeyType] or KeyCount), or make the keys by MapValueToKey.");
        }
    }

    /// <summary>The values in words, key 1 first; null when the column does not say.</summary>
    public static string[]? Read(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(AnnotationName) is not { Type: VectorDataViewType vector } annotation)
        {
            return null;
        }

        return vector.ItemType.RawType switch
        {
            var raw when raw == typeof(ReadOnlyMemory<char>) => Read<ReadOnlyMemory<char>>(column, static value => value.ToString()),
            var raw when raw == typeof(bool) => Read<bool>(column, static value => value ? bool.TrueString : bool.FalseString),
            var raw when raw == typeof(byte) => Read<byte>(column, Spell),
            var raw when raw == typeof(sbyte) => Read<sbyte>(column, Spell),
            var raw when raw == typeof(ushort) => Read<ushort>(column, Spell),
            var raw when raw == typeof(short) => Read<short>(column, Spell),
            var raw when raw == typeof(uint) => Read<uint>(column, Spell),
            var raw when raw == typeof(int) => Read<int>(column, Spell),
            var raw when raw == typeof(ulong) => Read<ulong>(column, Spell),
            var raw when raw == typeof(long) => Read<long>(column, Spell),
            var raw when raw == typeof(float) => Read<float>(column, Spell),
            var raw when raw == typeof(double) => Read<double>(column, Spell),
            _ => throw SourceSchema.WrongType(annotation.Name, annotation.Type, $"values of key column '{column.Name}'", "texts or numbers"),
        };
    }

    private static string[] Read<T>(DataViewSchema.Column column, Func<T, string> spell)
    {
        VBuffer<T> values = default;
        column.Annotations.GetValue(AnnotationName, ref values);
        return [.. values.DenseValues().Select(spell)];
    }

    private static string Spell<T>(T value)
        where T : IFormattable =>
        value.ToString(null, CultureInfo.InvariantCulture);
}
