using System.Globalization;
using System.Xml.Linq;

namespace Dtic.MLNet.Reporting;

/// <summary>Makes a drawing part of the page: the page's colours and font, a size that follows the window, and words for those who cannot see it.</summary>
internal static class SvgTheme
{
    /// <summary>Where the plot begins, in the drawing's pixels; what is written left of it is right-aligned.</summary>
    public const int Left = 64;

    public static XElement Apply(XElement svg, string title, string description)
    {
        var ns = svg.Name.Namespace;
        string id = "c" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(title)))[..8];
        foreach (var element in svg.Descendants().ToList())
        {
            if (element.Attribute("fill-opacity")?.Value == "0") element.Remove();
            else Restyle(element);
        }
        RenameClips(svg, id);
        svg.SetAttributeValue("viewBox", $"0 0 {svg.Attribute("width")!.Value} {svg.Attribute("height")!.Value}");
        svg.SetAttributeValue("width", null);
        svg.SetAttributeValue("height", null);
        svg.SetAttributeValue("role", "img");
        svg.SetAttributeValue("aria-labelledby", $"{id}-title {id}-desc");
        svg.AddFirst(
            new XElement(ns + "title", new XAttribute("id", $"{id}-title"), title),
            new XElement(ns + "desc", new XAttribute("id", $"{id}-desc"), description));
        return svg;
    }

    /// <summary>Several drawings share the page, so that they must not share names; and the numbers in those they come with go on from drawing to drawing.</summary>
    private static void RenameClips(XElement svg, string id)
    {
        var names = svg.Descendants().Attributes("id").Select((name, i) => (name.Value, New: $"{id}-{i}")).ToDictionary(name => $"url(#{name.Value})", name => name.New);
        foreach (var name in svg.Descendants().Attributes("id")) name.Value = names[$"url(#{name.Value})"];
        foreach (var clip in svg.Descendants().Attributes("clip-path")) clip.Value = $"url(#{names[clip.Value]})";
    }

    private static void Restyle(XElement element)
    {
        var styles = new List<string>();
        foreach (string property in (ReadOnlySpan<string>)["fill", "stroke"])
        {
            if (element.Attribute(property) is not { } paint || Inks.Of(paint.Value) is not { } ink) continue;
            styles.Add($"{property}:var(--{ink.ToString().ToLowerInvariant()})");
            paint.Remove();
        }
        if (styles.Count > 0) element.SetAttributeValue("style", string.Join(';', styles));
        if (element.Name.LocalName == "text") Retype(element);
    }

    /// <summary>The drawing places every letter for the machine's font. The page's has other widths: it gets the place of the whole text.</summary>
    private static void Retype(XElement text)
    {
        string transform = text.Attribute("transform")?.Value ?? "";
        string x = new([.. transform.SkipWhile(c => c != '(').Skip(1).TakeWhile(c => c is not (' ' or ',' or ')'))]);
        bool isLeft = transform.StartsWith("translate", StringComparison.Ordinal) && double.TryParse(x, CultureInfo.InvariantCulture, out double at) && at < Left;
        text.SetAttributeValue("text-anchor", isLeft ? "end" : "middle");
        text.SetAttributeValue("x", "0");
        text.SetAttributeValue("y", text.Attribute("y")?.Value.Split(',')[0].Trim());
        text.SetAttributeValue("font-family", null);
        text.SetAttributeValue("font-weight", null);
        text.Value = text.Value.Trim();
    }
}
