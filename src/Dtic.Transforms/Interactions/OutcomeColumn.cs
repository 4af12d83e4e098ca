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

    /// <summary>Throws unless a label of interactions can have that type: one that ML.NET's evaluators take, too.</summary>
    public static void Check(string name, DataViewType type)
    {
        if (!IsLabel(type))
        {
            throw SourceSchema.WrongType(name, type, Role, "Boolean, or Single or Double with 0, 1 or NaN", type switch
            {
                NumberDataViewType => "Convert it to Boolean by Conversion.ConvertType, which makes 0 false and all else true.",
                TextDataViewType => "Load it as Boolean, or as Single where some are missing, or map its values by Conversion.MapValue: ConvertType makes false of all texts that it does not know.",
                KeyDataViewType => "Load it as Boolean, or convert it by Conversion.MapKeyToValue and Conversion.ConvertType: which of two keys stands for a click depends on how they were made.",
                _ => "",
            });
        }
    }

    /// <summary>Throws unless the labels in the history of a request can have that type: integers of 0 and 1 will do, because nobody evaluates them.</summary>
    public static void CheckHistory(string name, DataViewType type)
    {
        if (type is not (BooleanDataViewType or NumberDataViewType))
        {
            throw SourceSchema.WrongType(name, type, Role, "Boolean, or a number of 0, 1 or NaN");
        }
    }

    /// <summary>Whether a label can have that type.</summary>
    public static bool IsLabel(DataViewType type) => type is BooleanDataViewType || type == NumberDataViewType.Single || type == NumberDataViewType.Double;

    /// <summary>Reads the outcome of the current row.</summary>
    public static Func<int> CreateReader(DataViewRow row, DataViewSchema.Column column) => CreateValues(row, column).Read;

    /// <summary>Reads the outcome of a label, or of each of a vector of labels.</summary>
    public static ConvertedValues<int> CreateValues(DataViewRow row, DataViewSchema.Column column) =>
        CreateValues(row, column, label => Outcome(label) ?? throw new InvalidOperationException(FormattableString.Invariant(
            $"Column '{column.Name}' (label) holds {label:G7} in row {row.Position} (counted from 0); a label must be 0, 1 or NaN (missing).")));

    /// <summary>Reads the outcome of a label; null: it is none.</summary>
    public static Func<int?> CreateTolerantReader(DataViewRow row, DataViewSchema.Column column) => CreateValues(row, column, Outcome).Read;

    private static ConvertedValues<T> CreateValues<T>(DataViewRow row, DataViewSchema.Column column, Func<double, T> convert) =>
        ((column.Type as VectorDataViewType)?.ItemType ?? column.Type) is BooleanDataViewType
            ? ConvertedValues<T>.Create<bool>(row, column, clicked => convert(clicked ? 1 : 0))
            : ConvertedValues<T>.CreateOfNumbers(row, column, convert);

    private static int? Outcome(double label) => label switch
    {
        1 => SpecialToken.Click,
        0 => SpecialToken.NoClick,
        double.NaN => SpecialToken.Unknown,
        _ => null,
    };
}
