using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Finds the column that says which rows are to be predicted.</summary>
internal static class TargetColumn
{
    private const string Role = "target flag";

    /// <summary>The flag of <paramref name="schema"/>; null: there is none, and all rows are targets.</summary>
    /// <exception cref="ArgumentException">The column is not Boolean.</exception>
    public static DataViewSchema.Column? FindOrNull(DataViewSchema schema, string name) => schema.GetColumnOrNull(name) is null ? null : Find(schema, name);

    /// <summary>The flag of <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">The column is missing or not Boolean.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = SourceSchema.Find(schema, name, Role);
        return column.Type is BooleanDataViewType ? column : throw SourceSchema.WrongType(name, column.Type, Role, "Boolean");
    }
}
