using ScottPlot;

namespace Dtic.Benchmarks;

/// <summary>A line chart as SVG; axes may be logarithmic.</summary>
internal sealed class Chart(string title, string xLabel, string yLabel, bool logX = false, bool logY = false)
{
    private readonly List<(string Name, (double X, double Y)[] Points)> _lines = [];

    /// <summary>A line through these points; those without a value are left out.</summary>
    public void Add(string name, IEnumerable<(double X, double Y)> points) => _lines.Add((name, [.. points.Where(p => double.IsFinite(p.Y))]));

    public void Save(string path)
    {
        using var plot = new Plot();
        foreach (var (name, points) in _lines.Where(l => l.Points.Length > 0))
        {
            var line = plot.Add.Scatter(Array.ConvertAll(points, p => Scaled(p.X, logX)), Array.ConvertAll(points, p => Scaled(p.Y, logY)));
            line.LegendText = name;
            line.LineWidth = 2;
            line.MarkerSize = 7;
        }
        plot.Title(title);
        plot.XLabel(xLabel);
        plot.YLabel(yLabel);
        if (logX) plot.Axes.Bottom.TickGenerator = Powers();
        if (logY) plot.Axes.Left.TickGenerator = Powers();
        plot.ShowLegend(Alignment.UpperLeft);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        plot.SaveSvg(path, 900, 560);
        Console.WriteLine($"Wrote {path}");
    }

    private static double Scaled(double value, bool logarithmic) => logarithmic ? Math.Log2(value) : value;

    /// <summary>The axis carries binary logarithms; its ticks say the values.</summary>
    private static ScottPlot.TickGenerators.NumericAutomatic Powers() => new()
    {
        IntegerTicksOnly = true,
        LabelFormatter = power => Math.Pow(2, power) is >= 1 and var value ? value.ToString("N0") : Math.Pow(2, power).ToString("G2"),
    };
}
