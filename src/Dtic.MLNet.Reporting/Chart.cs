using System.Globalization;
using System.Xml.Linq;
using ScottPlot;
using ScottPlot.TickGenerators;

namespace Dtic.MLNet.Reporting;

/// <summary>A chart in the inks of the page, as a figure with its legend.</summary>
/// <param name="title">What it shows.</param>
/// <param name="description">The same in a sentence, for those who cannot see it.</param>
/// <param name="xLabel">What goes to the right.</param>
/// <param name="yLabel">What goes up.</param>
internal sealed class Chart(string title, string description, string xLabel, string yLabel)
{
    private const int Width = 460, Height = 294;

    private readonly List<Action<Plot>> _marks = [];
    private readonly List<(string Name, Ink Ink)> _legend = [];
    private AxisLimits _limits = AxisLimits.NoLimits;
    private string _xFormat = "G6", _yFormat = "G6";

    /// <summary>What the axes reach from and to; NaN where the data decide.</summary>
    public Chart Within(double left, double right, double bottom, double top)
    {
        _limits = new AxisLimits(left, right, bottom, top);
        return this;
    }

    /// <summary>How the numbers at the axes are written: with digits enough for any tick, or as <c>N0</c>, which leaves ticks between whole numbers without one.</summary>
    public Chart Ticks(string x, string y)
    {
        (_xFormat, _yFormat) = (x, y);
        return this;
    }

    public Chart Line(string name, Ink ink, IEnumerable<(double X, double Y)> points, bool marked = false)
    {
        (double X, double Y)[] finite = [.. points.Where(point => double.IsFinite(point.X) && double.IsFinite(point.Y))];
        if (finite.Length == 0) return this;
        _legend.Add((name, ink));
        _marks.Add(plot =>
        {
            var line = plot.Add.Scatter(Array.ConvertAll(finite, point => point.X), Array.ConvertAll(finite, point => point.Y));
            line.Color = ink.Stand();
            line.LineWidth = ink == Ink.Reference ? 1.5f : 2;
            line.MarkerSize = marked ? 7 : 0;
            if (ink == Ink.Reference) line.LinePattern = LinePattern.Dashed;
        });
        return this;
    }

    /// <summary>Bars side by side or over each other, from <c>Low</c> to <c>High</c>.</summary>
    public Chart Bars(string name, Ink ink, IEnumerable<(double Low, double High, double Value)> bars)
    {
        _legend.Add((name, ink));
        _marks.Add(plot => plot.Add.Bars(bars.Select(bar => new Bar
        {
            Position = (bar.Low + bar.High) / 2,
            Size = bar.High - bar.Low,
            Value = bar.Value,
            FillColor = ink.Stand().WithAlpha(0.55),
            LineWidth = 0,
        }).ToArray()));
        return this;
    }

    /// <summary>The figure.</summary>
    public XElement Draw()
    {
        using var plot = new Plot();
        foreach (var mark in _marks) mark(plot);
        plot.Axes.AutoScale();
        var found = plot.Axes.GetLimits();
        plot.Axes.SetLimits(Or(_limits.Left, found.Left), Or(_limits.Right, found.Right), Or(_limits.Bottom, found.Bottom), Or(_limits.Top, found.Top));
        plot.Axes.Bottom.TickGenerator = Numeric(_xFormat, spacing: 60);
        plot.Axes.Left.TickGenerator = Numeric(_yFormat, spacing: 24);
        plot.FigureBackground.Color = plot.DataBackground.Color = Colors.Transparent;
        plot.Axes.Color(Ink.Axis.Stand());
        plot.Grid.MajorLineColor = Ink.Rule.Stand();
        plot.Axes.Left.FrameLineStyle.Width = plot.Axes.Right.FrameLineStyle.Width = plot.Axes.Top.FrameLineStyle.Width = 0;
        foreach (var ticks in new[] { plot.Axes.Left.MajorTickStyle, plot.Axes.Left.MinorTickStyle, plot.Axes.Bottom.MajorTickStyle, plot.Axes.Bottom.MinorTickStyle })
            ticks.Length = ticks.Width = 0;
        plot.XLabel(xLabel, 13);
        plot.YLabel(yLabel, 13);
        plot.Axes.Bottom.Label.Bold = plot.Axes.Left.Label.Bold = false;

        // Fixed, because the machine's fonts would move it otherwise.
        plot.Layout.Fixed(new PixelPadding(left: SvgTheme.Left, right: 12, bottom: 46, top: 10));
        var svg = SvgTheme.Apply(XElement.Parse(plot.GetSvgXml(Width, Height)), title, description);
        return new XElement("figure", new XElement("figcaption", title), Legend(), svg);
    }

    private XElement? Legend() => _legend.Count < 2 ? null : new XElement(
        "ul",
        new XAttribute("class", "legend"),
        _legend.Select(entry => new XElement("li", new XElement("i", new XAttribute("class", entry.Ink.ToString().ToLowerInvariant())), entry.Name)));

    private static NumericAutomatic Numeric(string format, float spacing) => new()
    {
        LabelFormatter = value => value == 0 ? "0" : format == "N0" && Math.Abs(value - Math.Round(value)) > 1e-6 ? "" : value.ToString(format, CultureInfo.InvariantCulture),
        MinimumTickSpacing = spacing,
    };

    private static double Or(double wanted, double found) => double.IsFinite(wanted) ? wanted : found;
}
