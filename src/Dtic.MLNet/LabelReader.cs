using System.Globalization;
using Dtic.Transforms.Data;
using Dtic.Transforms.Interactions;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet;

/// <summary>Reads the labels of a prompt's targets as 0, 1, or NaN where one is missing.</summary>
internal static class LabelReader
{
    /// <summary>The types that a label can have, in words.</summary>
    public const string Types = "Boolean, Single or Double";

    /// <exception cref="ArgumentOutOfRangeException">The column is missing or no vector of Boolean, Single or Double.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        if (schema.GetColumnOrNull(name) is not { } column)
            throw new ArgumentOutOfRangeException(nameof(schema), Missing(name));
        return column.Type is VectorDataViewType vector && OutcomeColumn.IsLabel(vector.ItemType)
            ? column
            : throw new ArgumentOutOfRangeException(nameof(schema), $"Label column '{name}' has type {column.Type}, expected a vector of {Types}, one value per target, as PackPrompts writes it.");
    }

    /// <summary>The message where there is no such column.</summary>
    public static string Missing(string name) => $"Label column '{name}' is missing. Set LabelColumnName of the trainer to the label that PackPrompts was given.";

    public static Func<float[]> Create(DataViewRow row, DataViewSchema.Column column)
    {
        return ((VectorDataViewType)column.Type).ItemType is BooleanDataViewType
            ? ConvertedValues<float>.Create<bool>(row, column, label => label ? 1 : 0).ReadAll
            : ConvertedValues<float>.CreateOfNumbers(row, column, Checked).ReadAll;

        float Checked(double label) => label is 0 or 1 or double.NaN
            ? (float)label
            : throw new InvalidOperationException($"Label column '{column.Name}' holds {label.ToString("G7", CultureInfo.InvariantCulture)}, expected 0, 1 or NaN (missing).");
    }
}
