using System.Globalization;
using System.Text;
using System.Xml;

namespace Dtic.MLNet;

/// <summary>Draws a <see cref="ScoreExplanation"/>: one bar for each interaction, to the right where it makes a click likelier.</summary>
/// <remarks>It has a ground of its own and styles that reach nothing else, so that it can stand in any page.</remarks>
internal static class EffectChart
{
    private const int Width = 800, LabelWidth = 440, BarWidth = 130, RowHeight = 22, Top = 40;
    private const int Zero = LabelWidth + 50 + BarWidth;   // numbers stand beside the bars on both sides
    private const int LongestItem = 44;

    public static string Draw(ScoreExplanation explanation)
    {
        double longest = explanation.Interactions.Select(interaction => Math.Abs(interaction.Effect)).DefaultIfEmpty().Max();
        int bottom = Top + (RowHeight * explanation.Interactions.Count);
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{Width}} {{bottom + 34}}" width="{{Width}}" height="{{bottom + 34}}" role="img" class="dtic-effects" font-family="sans-serif" font-size="12">
            <style>
            .dtic-effects .ground { fill: #fff; } .dtic-effects text { fill: #1f2328; } .dtic-effects .more { fill: #1a7f37; } .dtic-effects .less { fill: #bc4c00; } .dtic-effects .zero { stroke: #8c959f; }
            @media (prefers-color-scheme: dark) {
              .dtic-effects .ground { fill: #0d1117; } .dtic-effects text { fill: #e6edf3; } .dtic-effects .more { fill: #3fb950; } .dtic-effects .less { fill: #f0883e; }
            }
            </style>
            <rect class="ground" width="100%" height="100%"/>
            <text x="8" y="20" font-weight="bold">{{Escape(explanation.Summary)}}</text>

            """);
        for (int row = 0; row < explanation.Interactions.Count; row++)
        {
            var interaction = explanation.Interactions[row];
            int y = Top + (RowHeight * row), text = y + 15;
            bool more = interaction.Effect >= 0;
            double length = longest > 0 ? Math.Abs(interaction.Effect) / longest * BarWidth : 0, x = more ? Zero : Zero - length;
            svg.Append(CultureInfo.InvariantCulture, $"""
                <text x="40" y="{text}" text-anchor="end">{interaction.Index}</text><text x="50" y="{text}">{interaction.Outcome}</text><text x="140" y="{text}">{Escape(Shorten(interaction.Item))}<title>{Escape(interaction.Item)}</title></text>
                <rect class="{(more ? "more" : "less")}" x="{x:F1}" y="{y + 3}" width="{length:F1}" height="{RowHeight - 6}"/><text x="{(more ? x + length + 4 : x - 4):F1}" y="{text}" text-anchor="{(more ? "start" : "end")}">{interaction.Effect:+0.000;-0.000}</text>

                """);
        }

        svg.Append(CultureInfo.InvariantCulture, $"""
            <line class="zero" x1="{Zero}" y1="{Top}" x2="{Zero}" y2="{bottom}"/>
            <text x="8" y="{bottom + 22}">{Escape(explanation.Sums)}</text>
            </svg>

            """);
        return svg.ToString();
    }

    private static string Shorten(string item)
    {
        Rune[] runes = [.. item.EnumerateRunes()];
        return runes.Length <= LongestItem ? item : string.Concat(runes.Take(LongestItem - 1).Append(new Rune('…')));
    }

    /// <summary>A text as it may stand in XML, where most control characters and lone surrogates may not, however they are written.</summary>
    private static string Escape(string text)
    {
        var escaped = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '<' => escaped.Append("&lt;"),
                '>' => escaped.Append("&gt;"),
                '&' => escaped.Append("&amp;"),
                _ => rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? escaped.Append('\uFFFD') : escaped.Append(rune),
            };
        }

        return escaped.ToString();
    }
}
