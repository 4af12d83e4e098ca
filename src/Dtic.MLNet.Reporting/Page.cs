using System.Text;
using System.Xml;
using System.Xml.Linq;

namespace Dtic.MLNet.Reporting;

/// <summary>The document around the sections. It is built as elements, never as text, so that nothing can be left unencoded.</summary>
internal static class Page
{
    private static readonly string Style = ReadStyle();

    public static string Render(string title, IEnumerable<XElement?> sections)
    {
        XElement[] parts = [.. sections.OfType<XElement>()];
        var html = new XElement(
            "html",
            new XAttribute("lang", "en"),
            new XElement(
                "head",
                new XElement("meta", new XAttribute("charset", "utf-8")),
                new XElement("meta", new XAttribute("name", "viewport"), new XAttribute("content", "width=device-width, initial-scale=1")),
                new XElement("meta", new XAttribute("name", "color-scheme"), new XAttribute("content", "light dark")),
                new XElement("title", title),
                new XElement("style", Style)),
            new XElement("body", new XElement("header", new XElement("h1", title)), new XElement("main", parts)));
        Clean(html);
        var text = new StringBuilder("<!DOCTYPE html>\n");
        using (var writer = XmlWriter.Create(text, new XmlWriterSettings { OmitXmlDeclaration = true, ConformanceLevel = ConformanceLevel.Fragment }))
        {
            html.WriteTo(writer);
        }
        return text.Append('\n').ToString();
    }

    /// <summary>Puts a replacement character where text holds what no document may: control characters and halves of surrogate pairs.</summary>
    private static void Clean(XElement html)
    {
        foreach (var text in html.DescendantNodes().OfType<XText>()) text.Value = Clean(text.Value);
        foreach (var attribute in html.DescendantsAndSelf().Attributes()) attribute.Value = Clean(attribute.Value);

        // An HTML reader takes <th/> for a beginning without an end.
        foreach (var empty in html.Descendants().Where(e => e.IsEmpty && e.Name.NamespaceName.Length == 0 && e.Name.LocalName != "meta")) empty.Value = "";
    }

    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        for (int i = 0; i < text.Length; i++)
        {
            if (i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1])) clean.Append(text[i]).Append(text[++i]);
            else clean.Append(XmlConvert.IsXmlChar(text[i]) ? text[i] : '\uFFFD');
        }
        return clean.ToString();
    }

    // XML encoding would turn > and & into what a style sheet does not understand; the sheet has none, which a test asserts.
    private static string ReadStyle()
    {
        using var stream = typeof(Page).Assembly.GetManifestResourceStream("report.css")!;
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
