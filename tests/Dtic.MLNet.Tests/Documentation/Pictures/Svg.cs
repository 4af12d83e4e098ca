using System.Globalization;
using System.Security;
using System.Text;

namespace Dtic.MLNet.Tests.Documentation.Pictures;

/// <summary>A picture of boxes and words, for light and dark pages.</summary>
internal sealed class Svg
{
    // A kind of token keeps its colour over all pictures.
    private const string Style =
        """
        text { fill: #1f2328; font: 12px sans-serif; } .small { font-size: 10px; } .bold { font-weight: bold; } .pale { fill: #59636e; }
        rect { stroke: #8c959f; stroke-width: .5; } line { stroke: #8c959f; }
        .item { fill: #b6d5f7; } .click { fill: #a6dfb0; } .noclick { fill: #f6c9a8; } .sum { fill: #d4bff5; } .none { fill: #f6f8fa; } .frame { fill: none; stroke-width: 1.5; }
        @media (prefers-color-scheme: dark) {
          text { fill: #e6edf3; } .pale { fill: #9198a1; } .item { fill: #1f4b7d; } .click { fill: #1d5f2d; } .noclick { fill: #7d4417; } .sum { fill: #553594; } .none { fill: #161b22; } .frame { fill: none; }
        }
        """;

    private readonly StringBuilder _parts = new();

    public void Box(double x, double y, double width, double height, string kind, double opacity = 1) => _parts.Append(CultureInfo.InvariantCulture,
        $"<rect class=\"{kind}\" x=\"{x:0.#}\" y=\"{y:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\"{(opacity < 1 ? string.Create(CultureInfo.InvariantCulture, $" fill-opacity=\"{opacity:0.##}\"") : "")}/>\n");

    public void Line(double x1, double y1, double x2, double y2) =>
        _parts.Append(CultureInfo.InvariantCulture, $"<line x1=\"{x1:0.#}\" y1=\"{y1:0.#}\" x2=\"{x2:0.#}\" y2=\"{y2:0.#}\"/>\n");

    /// <param name="x">Where the text begins, ends, or has its middle.</param>
    /// <param name="y">Its base line.</param>
    /// <param name="text">The text.</param>
    /// <param name="anchor">start, middle or end.</param>
    /// <param name="style">Classes: small, bold, pale.</param>
    public void Text(double x, double y, string text, string anchor = "start", string style = "") =>
        _parts.Append(CultureInfo.InvariantCulture, $"<text x=\"{x:0.#}\" y=\"{y:0.#}\" text-anchor=\"{anchor}\"{(style == "" ? "" : $" class=\"{style}\"")}>{SecurityElement.Escape(text)}</text>\n");

    public string Document(double width, double height, string title) => string.Create(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:0.#} {height:0.#}\" width=\"{width:0.#}\" height=\"{height:0.#}\" role=\"img\">\n<title>{SecurityElement.Escape(title)}</title>\n<style>\n{Style}\n</style>\n{_parts}</svg>\n");
}
