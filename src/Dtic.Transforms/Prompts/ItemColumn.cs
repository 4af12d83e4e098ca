using System.Text.Json.Serialization;
using Dtic.Transforms.Data;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>What the values of a column become in a prompt.</summary>
internal enum ItemRole
{
    /// <summary>One token per value.</summary>
    Categorical,

    /// <summary>The token of a quantile bin.</summary>
    Numeric,

    /// <summary>Subword tokens.</summary>
    Text,
}

/// <summary>A column that gives tokens.</summary>
/// <param name="Name">The column's name.</param>
/// <param name="Role">What its values become.</param>
/// <param name="Separator">What separates the values of a categorical text; null: the text is one value.</param>
/// <param name="Size">0 for a scalar, the size of a fixed vector, -1 for a variable vector.</param>
internal sealed record ItemColumn(string Name, ItemRole Role, char? Separator, int Size)
{
    /// <summary>The names under which the vocabulary knows a numeric column: one for each slot.</summary>
    [JsonIgnore]
    public IEnumerable<string> NumericNames =>
        Size == 0 ? [Name] : Enumerable.Range(0, Size).Select(slot => FormattableString.Invariant($"{Name}[{slot}]"));

    /// <summary>The column as it stands in a schema.</summary>
    /// <exception cref="ArgumentException">The role does not take the type.</exception>
    public static ItemColumn Create(string name, ItemRole role, char? separator, DataViewType type)
    {
        var column = new ItemColumn(name, role, separator, type is VectorDataViewType vector ? (vector.IsKnownSize ? vector.Size : -1) : 0);
        column.Check(type);
        return column;
    }

    /// <summary>Throws unless a column of that type can be read as this one: numeric slots are counted, other values only have to be of a kind.</summary>
    public void Check(DataViewType type)
    {
        var item = (type as VectorDataViewType)?.ItemType ?? type;
        if (Role == ItemRole.Text && !Takes(item))
        {
            throw SourceSchema.WrongType(Name, type, "text", "text or a vector of text");
        }

        if (Role == ItemRole.Categorical && !Takes(item))
        {
            throw SourceSchema.WrongType(
                Name, type, "categorical", "text, an integer, Boolean, a key or a vector of these", IsNumber(item) ? $"If it measures something, name it among the numeric columns. {SourceSchema.IdRemedy(item)}" : "");
        }

        if (Role == ItemRole.Numeric)
        {
            if (!Takes(item) || type is VectorDataViewType { IsKnownSize: false } || Size < 0)
            {
                throw SourceSchema.WrongType(
                    Name, type, "numeric", "a number or a vector of numbers of fixed size", item is BooleanDataViewType ? "Name it among the categorical columns." : "");
            }

            int size = type is VectorDataViewType vector ? vector.Size : 0;
            if (size != Size)
            {
                throw SourceSchema.WrongType(Name, type, "numeric", Size == 0 ? "a single number, as in Fit" : FormattableString.Invariant($"a vector of {Size} numbers, as in Fit"));
            }
        }

        if (Separator is not null && item is not TextDataViewType)
        {
            throw SourceSchema.WrongType(Name, type, "categorical", "text, because a separator is given for it");
        }
    }

    /// <summary>Whether the role takes single values of that type.</summary>
    public bool Takes(DataViewType type) => Role switch
    {
        ItemRole.Text => type is TextDataViewType,
        ItemRole.Categorical => type is TextDataViewType or KeyDataViewType or BooleanDataViewType || IsInteger(type),
        _ => IsNumber(type),
    };

    /// <summary>Whether a user column of that type is numeric: only floating-point numbers measure something for certain, integers may be codes.</summary>
    public static bool IsMeasure(DataViewType type) =>
        ((type as VectorDataViewType)?.ItemType ?? type) is var item && (item == NumberDataViewType.Single || item == NumberDataViewType.Double);

    private static bool IsNumber(DataViewType type) => type is NumberDataViewType;

    private static bool IsInteger(DataViewType type) =>
        type is NumberDataViewType && type != NumberDataViewType.Single && type != NumberDataViewType.Double;
}
