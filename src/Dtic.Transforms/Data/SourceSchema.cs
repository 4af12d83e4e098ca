using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Data;

/// <summary>Finds columns and says what is wrong when they are missing or of a wrong type.</summary>
internal static class SourceSchema
{
    /// <summary>The visible column of that name.</summary>
    /// <exception cref="ArgumentException">There is none.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name, string role) =>
        schema.GetColumnOrNull(name)
        ?? throw new ArgumentException($"There is no column '{name}' ({role}). The columns are: {string.Join(", ", schema.Where(column => !column.IsHidden).Select(column => column.Name))}.");

    /// <summary>The index of a column of <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">The column is of another schema.</exception>
    public static int IndexOf(this DataViewSchema schema, DataViewSchema.Column column) =>
        column.Index < schema.Count && schema[column.Index].Name == column.Name
            ? column.Index
            : throw new ArgumentException($"Column '{column.Name}' is not a column of this view.", nameof(column));

    /// <summary>The error for a column of a type that its role does not take.</summary>
    public static ArgumentException WrongType(string name, DataViewType found, string role, string wanted, string remedy = "") =>
        new($"Column '{name}' ({role}) must be {wanted}, but is {Describe(found)}.{(remedy.Length > 0 ? " " : "")}{remedy}");

    /// <summary>What to do with a column of ids of that type; empty: nothing is wrong with it.</summary>
    public static string IdRemedy(DataViewType type) =>
        type == NumberDataViewType.Single ? "Ids must be loaded as text or as an integer: Single tells integers apart up to 16,777,216 only, so that a conversion comes too late."
        : type == NumberDataViewType.Double ? "Ids must be loaded as text or as an integer." : "";

    /// <summary>The error for a getter asked for with a type that is not the column's.</summary>
    public static InvalidOperationException WrongGetter(DataViewSchema.Column column, Type asked) =>
        new($"Column '{column.Name}' holds {column.Type.RawType}, not {asked}.");

    /// <summary>A type in words.</summary>
    public static string Describe(DataViewType type) => type switch
    {
        VectorDataViewType { IsKnownSize: true } vector => FormattableString.Invariant($"a vector of {vector.Size} {Describe(vector.ItemType)}"),
        VectorDataViewType vector => $"a vector of {Describe(vector.ItemType)}",
        KeyDataViewType key => $"key ({key.RawType.Name})",
        TextDataViewType => "text",
        _ => type.RawType.Name,
    };
}
