using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Dtic.MLNet.Tests.Documentation;

/// <summary>Options and values of enumerations as Markdown tables, from their declarations and documentation.</summary>
internal static partial class OptionTable
{
    /// <summary>Each public property: name, type, default and what it does.</summary>
    public static string OfOptions(Type options)
    {
        object defaults = Activator.CreateInstance(options)!;
        var documentation = Read(options.Assembly);
        var table = new StringBuilder("| option | type | default | what it does |\n|---|---|---|---|\n");
        foreach (var property in options.GetProperties().OrderBy(property => property.MetadataToken))   // as declared
        {
            var member = documentation[$"P:{options.FullName!.Replace('+', '.')}.{property.Name}"];
            table.Append(CultureInfo.InvariantCulture, $"| `{property.Name}` | `{TypeName(property)}` | {Default(property.GetValue(defaults))} | {$"{Text(member.Element("summary"))} {Text(member.Element("value"))}".TrimEnd()} |\n");
        }

        return table.ToString();
    }

    /// <summary>Each value of an enumeration: name and meaning.</summary>
    public static string OfEnumeration(Type enumeration)
    {
        var documentation = Read(enumeration.Assembly);
        var rows = Enum.GetNames(enumeration).Select(name => $"| `{name}` | {Text(documentation[$"F:{enumeration.FullName}.{name}"].Element("summary"))} |\n");
        return $"| value | meaning |\n|---|---|\n{string.Concat(rows)}";
    }

    private static Dictionary<string, XElement> Read(Assembly assembly) =>
        XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml")).Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);

    private static string TypeName(PropertyInfo property)
    {
        var type = property.PropertyType;
        bool nullable = Nullable.GetUnderlyingType(type) is not null || (!type.IsValueType && new NullabilityInfoContext().Create(property).ReadState == NullabilityState.Nullable);
        return Name(Nullable.GetUnderlyingType(type) ?? type) + (nullable ? "?" : "");

        static string Name(Type type) => type == typeof(int) ? "int" : type == typeof(double) ? "double" : type == typeof(bool) ? "bool" : type == typeof(string) ? "string" : type == typeof(char) ? "char"
            : type.IsGenericType ? $"{type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)]}<{string.Join(", ", type.GetGenericArguments().Select(Name))}>" : type.Name;
    }

    private static string Default(object? value) => value switch
    {
        null => "null",
        string text => $"`\"{text}\"`",
        bool flag => flag ? "true" : "false",
        IEnumerable => "empty",
        CancellationToken => "none",
        TimeSpan span => span.ToString("c", CultureInfo.InvariantCulture),
        IFormattable number => number.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString()!,
    };

    private static string Text(XElement? element) => element is null ? "" : Blanks().Replace(string.Concat(element.Nodes().Select(Text)), " ").Trim().Replace("|", "\\|", StringComparison.Ordinal);

    private static string Text(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" } see => $"`{Reference(see)}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement other => Text(other),
        _ => "",
    };

    /// <summary>A property by its name alone, a value with its enumeration, a method without its arguments.</summary>
    private static string Reference(XElement see)
    {
        if (see.Attribute("langword") is { } word) return word.Value;
        string reference = see.Attribute("cref")!.Value;
        string[] path = reference.Split('(')[0].Split('.');
        return reference[0] is 'F' or 'M' ? $"{path[^2]}.{path[^1]}" : path[^1];
    }

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
