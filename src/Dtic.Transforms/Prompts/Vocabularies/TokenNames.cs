using System.Globalization;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// The readable names of tokens that stand for categorical values and numeric bins. No two tokens of a vocabulary share a name:
/// <c>=</c> and <c>\</c> in a column's name are escaped by <c>\</c>, and so is the <c>&lt;</c> or <c>\</c> that a value begins with.
/// </summary>
internal static class TokenNames
{
    public static string CategoryPrefix(string column) => Column(column) + "=";

    public static string Category(string column, string value) => CategoryPrefix(column) + (value[0] is '<' or '\\' ? "\\" : "") + value;

    /// <summary>The value in a name that <see cref="Category"/> made, without the column.</summary>
    public static string Value(string nameWithoutColumn) => nameWithoutColumn.StartsWith('\\') ? nameWithoutColumn[1..] : nameWithoutColumn;

    public static string Unknown(string column) => CategoryPrefix(column) + "<unknown>";

    public static string Missing(string column) => CategoryPrefix(column) + "<missing>";

    /// <summary>A bin holds its upper edge; the first and the last are open-ended.</summary>
    public static string Bin(string column, ReadOnlySpan<double> edges, int bin)
    {
        double lower = bin == 0 ? double.NegativeInfinity : edges[bin - 1];
        return bin == edges.Length
            ? string.Create(CultureInfo.InvariantCulture, $"{Column(column)} in ({lower}, Infinity)")
            : string.Create(CultureInfo.InvariantCulture, $"{Column(column)} in ({lower}, {edges[bin]}]");
    }

    private static string Column(string name) => name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("=", "\\=", StringComparison.Ordinal);
}
