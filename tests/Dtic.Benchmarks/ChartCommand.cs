using System.Globalization;
using System.Security;
using System.Text;
using CsvHelper;

namespace Dtic.Benchmarks;

/// <summary>Draws README's chart from the table that <c>speedup</c> wrote: time per target on one thread, a bar for each way.</summary>
internal static class ChartCommand
{
    private const int LabelWidth = 290, BarWidth = 400, RowHeight = 28, Top = 44;

    public static void Run(CommandLine line)
    {
        string source = line.Text("csv") ?? Path.Combine(line.Output, "speedup-d128.csv"), target = line.Text("svg") ?? Path.Combine("docs", "images", "speedup.svg");
        line.RefuseUnread();
        var rows = Read(source);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(target))!);
        File.WriteAllText(target, Draw(rows));
        Console.WriteLine($"Wrote {target}");
    }

    private static List<(string Name, double Milliseconds)> Read(string path)
    {
        if (!File.Exists(path)) throw new UsageException($"There is no {path}: run speedup first, or name its table by --csv.");
        using var csv = new CsvReader(new StreamReader(path), CultureInfo.InvariantCulture);
        var bars = new List<(string, double)>();
        csv.Read();
        csv.ReadHeader();
        while (csv.Read())
        {
            if (csv.GetField<int>("threads") != 1) continue;
            string k = csv.GetField("k")!;
            if (k == "1" && csv.GetField("padded ms/target") is { Length: > 0 } padded) bars.Add(("sliding windows, padded batches in TorchSharp", double.Parse(padded, CultureInfo.InvariantCulture)));
            bars.Add((k switch { "1" => "sliding windows, Dtic's kernels", "whole" => "whole histories", _ => $"k = {k} targets per prompt" }, csv.GetField<double>("ms/target")));
        }
        return bars.Count > 0 ? bars : throw new UsageException($"{path} has no row of one thread.");
    }

    private static string Draw(List<(string Name, double Milliseconds)> bars)
    {
        double longest = bars.Max(bar => bar.Milliseconds);
        int width = LabelWidth + BarWidth + 130, height = Top + (RowHeight * bars.Count) + 10;
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $$"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {{width}} {{height}}" width="{{width}}" height="{{height}}" role="img" font-family="sans-serif" font-size="13">
            <title>Training time per target</title>
            <style>text { fill: #1f2328; } .sliding { fill: #bc4c00; } .packed { fill: #0969da; } @media (prefers-color-scheme: dark) { text { fill: #e6edf3; } .sliding { fill: #f0883e; } .packed { fill: #4493f8; } }</style>
            <text x="{{LabelWidth}}" y="24" font-weight="bold">Training time per target, milliseconds on one core (and how many times less)</text>

            """);
        for (int i = 0; i < bars.Count; i++)
        {
            var (name, milliseconds) = bars[i];
            int y = Top + (i * RowHeight);
            double length = milliseconds / longest * BarWidth;
            string times = i == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $" ({longest / milliseconds:F1} times)");
            svg.Append(CultureInfo.InvariantCulture, $"""
                <text x="{LabelWidth - 8}" y="{y + 15}" text-anchor="end">{SecurityElement.Escape(name)}</text>
                <rect class="{(name.StartsWith("sliding", StringComparison.Ordinal) ? "sliding" : "packed")}" x="{LabelWidth}" y="{y}" width="{length:F1}" height="{RowHeight - 8}"/>
                <text x="{LabelWidth + length + 6:F1}" y="{y + 15}">{milliseconds:F2}{times}</text>

                """);
        }
        return svg.Append("</svg>\n").ToString();
    }
}
