using System.Xml.Linq;

namespace Dtic.MLNet.Reporting;

/// <summary>The few kinds of elements that sections are made of.</summary>
internal static class Html
{
    public static XElement Section(string id, string heading, string explanation, params object?[] content) => new(
        "section", new XAttribute("aria-labelledby", id), new XElement("h2", new XAttribute("id", id), heading), new XElement("p", new XAttribute("class", "lead"), explanation), content);

    /// <summary>A box of its own for each figure, side by side where there is room.</summary>
    public static XElement Row(params object?[] content) => new("div", new XAttribute("class", "row"), content);

    /// <summary>A table whose first column says what the row is of.</summary>
    /// <param name="caption">What the table shows.</param>
    /// <param name="columns">Headings, the first column's included.</param>
    /// <param name="rows">As many cells each.</param>
    public static XElement Table(string caption, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows) => new(
        "div",
        new XAttribute("class", "scroll"),
        new XAttribute("tabindex", "0"),
        new XAttribute("role", "group"),
        new XAttribute("aria-label", caption),
        new XElement(
            "table",
            new XElement("caption", caption),
            new XElement("thead", new XElement("tr", columns.Select(column => new XElement("th", new XAttribute("scope", "col"), column)))),
            new XElement("tbody", rows.Select(row => new XElement(
                "tr",
                row.Select((cell, i) => i == 0 ? new XElement("th", new XAttribute("scope", "row"), cell) : new XElement("td", cell)))))));

    /// <summary>What a reader may open to see the numbers behind a chart.</summary>
    public static XElement Details(string summary, XElement? content) => new("details", new XElement("summary", summary), content);

    /// <summary>Names and values without a heading of columns.</summary>
    public static XElement? Facts(string caption, IEnumerable<KeyValuePair<string, string>> facts)
    {
        XElement[] rows =
        [
            .. facts.Select(fact => new XElement("tr", new XElement("th", new XAttribute("scope", "row"), fact.Key), new XElement("td", fact.Value))),
        ];
        return rows.Length == 0 ? null : new XElement(
            "div", new XAttribute("class", "facts"), new XElement("table", new XElement("caption", caption), new XElement("tbody", rows)));
    }
}
