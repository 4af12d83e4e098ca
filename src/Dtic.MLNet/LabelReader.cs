using System.Globalization;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet;

/// <summary>Reads the labels of a prompt's targets as 0, 1, or NaN where one is missing.</summary>
internal static class LabelReader
{
    /// <exception cref="ArgumentOutOfRangeException">The column is missing or no vector of Boolean or Single.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(schema), Missing(name));
        return column.Type is VectorDataViewType vector && (vector.ItemType == BooleanDataViewType.Instance || vector.ItemType == NumberDataViewType.Single)
            ? column
            : throw new ArgumentOutOfRangeException(nameof(schema), $"Label column '{name}' has type {column.Type}, expected a vector of Boolean or Single, one value per target, as PackPrompts writes it.");
    }

    /// <summary>The message where there is no such column.</summary>
    public static string Missing(string name) => $"Label column '{name}' is missing. Set LabelColumnName of the trainer to the label that PackPrompts was given.";

    public static Func<float[]> Create(DataViewRow row, DataViewSchema.Column column) =>
        ((VectorDataViewType)column.Type).ItemType is BooleanDataViewType
            ? Read<bool>(row, column, label => label ? 1 : 0)
            : Read<float>(row, column, label => label is 0 or 1 or float.NaN
                ? label
                : throw new InvalidOperationException($"Label column '{column.Name}' holds {label.ToString(CultureInfo.InvariantCulture)}, expected 0, 1 or NaN (missing)."));

    private static Func<float[]> Read<T>(DataViewRow row, DataViewSchema.Column column, Converter<T, float> convert)
    {
        var getter = row.GetGetter<VBuffer<T>>(column);
        VBuffer<T> values = default;
        return () =>
        {
            getter(ref values);
            return Array.ConvertAll([.. values.DenseValues()], convert);
        };
    }
}
