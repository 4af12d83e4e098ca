using ScottPlot;

namespace Dtic.MLNet.Reporting;

/// <summary>What a mark means; the page says what colour that is, in light and in dark.</summary>
internal enum Ink
{
    /// <summary>The axis and what is written along it.</summary>
    Axis,

    /// <summary>Lines of the grid.</summary>
    Rule,

    /// <summary>What the chart is about.</summary>
    First,

    /// <summary>What it is held against.</summary>
    Second,

    /// <summary>What a useless or a perfect model would do.</summary>
    Reference,
}

/// <summary>The colours that stand for inks in a drawing until the page's own are put in their place.</summary>
internal static class Inks
{
    private const uint FirstStandIn = 0x0A0B00;

    public static Color Stand(this Ink ink) => Color.FromHex($"#{FirstStandIn + (uint)ink:X6}");

    /// <summary>The ink that a colour of the drawing stands for.</summary>
    public static Ink? Of(string color)
    {
        foreach (Ink ink in Enum.GetValues<Ink>())
        {
            if (string.Equals(color, $"#{FirstStandIn + (uint)ink:X6}", StringComparison.OrdinalIgnoreCase)) return ink;
        }
        return null;
    }
}
