using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Reads a label column as the token of its outcome.</summary>
internal static class OutcomeColumn
{
    private const string Role = "label";

    /// <summary>The label column of <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">The column is missing or of a wrong type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = SourceSchema.Find(schema, name, Role);
        Check(name, column.Type);
        return column;
    }

    /// <summary>Throws unless a label can have that type.</summary>
    public static void Check(string name, DataViewType type)
    {
        if (!IsLabel(type))
        {
            throw SourceSchema.WrongType(name, type, Role, "Boolean, or Single with 0, 1 or NaN");
        }
    }

    /// <summary>Whether a label can have that type.</summary>
    public static bool IsLabel(DataViewType type) => type is BooleanDataViewType || type == NumberDataViewType.Single;

    /// <summary>Reads the outcome of the current row.</summary>
    public static Func<int> CreateReader(DataViewRow row, DataViewSchema.Column column) => CreateValues(row, column).Read;

    /// <summary>Reads the outcome of a label, or of each of a vector of labels.</summary>
    public static ConvertedValues<int> CreateValues(DataViewRow row, DataViewSchema.Column column) =>
        CreateValues(row, column, label => Outcome(label) ?? throw new InvalidOperationException(FormattableString.Invariant(
            $"Column '{column.Name}' (label) holds {label} in row {row.Position} (counted from 0); a label must be 0, 1 or NaN (missing).")));

    /// <summary>Reads the outcome of a label; null: it is none.</summary>
    public static Func<int?> CreateTolerantReader(DataViewRow row, DataViewSchema.Column column) => CreateValues(row, column, Outcome).Read;

    private static ConvertedValues<T> CreateValues<T>(DataViewRow row, DataViewSchema.Column column, Func<float, T> convert) =>
        ((column.Type as VectorDataViewType)?.ItemType ?? column.Type) is BooleanDataViewType
            ? ConvertedValues<T>.Create<bool>(row, column, clicked => convert(clicked ? 1 : 0))
            : ConvertedValues<T>.Create(row, column, convert);

    private static int? Outcome(float label) => label switch
    {
        1 => SpecialToken.Click,
        0 => SpecialToken.NoClick,
        float.NaN => SpecialToken.Unknown,
        _ => null,
    };
}
