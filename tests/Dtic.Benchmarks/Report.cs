using System.Globalization;
using CsvHelper;
using Spectre.Console;

namespace Dtic.Benchmarks;

/// <summary>One table: printed, and written as CSV with the values unrounded.</summary>
/// <param name="columns">Heading, and the format of the printed value.</param>
internal sealed class Report(params (string Heading, string Format)[] columns)
{
    private readonly List<object[]> _rows = [];

    public void Add(params object[] values)
    {
        if (values.Length != columns.Length) throw new ArgumentException($"{values.Length} values in a table of {columns.Length} columns.", nameof(values));
        _rows.Add(values);
    }

    public void Print()
    {
        var table = new Table();
        foreach (var (heading, _) in columns) table.AddColumn(new TableColumn(Markup.Escape(heading)).RightAligned().NoWrap());
        foreach (object[] row in _rows) table.AddRow([.. row.Select((value, i) => Markup.Escape(Text(value, columns[i].Format)))]);
        if (!AnsiConsole.Profile.Capabilities.Interactive) AnsiConsole.Profile.Width = 260;   // a log has no width
        AnsiConsole.Write(table);
    }

    /// <summary>Writes the rows; the folder is made where it is missing.</summary>
    public void WriteCsv(string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        using var csv = new CsvWriter(new StreamWriter(path), CultureInfo.InvariantCulture);
        foreach (var (heading, _) in columns) csv.WriteField(heading);
        csv.NextRecord();
        foreach (object[] row in _rows)
        {
            foreach (object value in row) csv.WriteField(Text(value, null));
            csv.NextRecord();
        }
        Console.WriteLine($"Wrote {path}");
    }

    private static string Text(object value, string? format) => value switch
    {
        double.NaN => "",
        IFormattable number => number.ToString(format, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };
}
