using System.Globalization;
using System.Text.RegularExpressions;

namespace Dtic.MLNet.Tests.Documentation;

[TestClass]
public sealed partial class BenchmarksPageTests
{
    [TestMethod]
    public void Chart_OfReadme_ShowsTheTimesOfTheTable()
    {
        string[][] rows = [.. Repository.Read("docs/benchmarks.md").Split('\n').Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))];
        int header = Array.FindIndex(rows, row => row is ["k", "threads", ..] && row.Contains("padded ms/target"));
        int packed = Array.IndexOf(rows[header], "ms/target"), padded = Array.IndexOf(rows[header], "padded ms/target");
        string[][] oneThread = [.. rows.Skip(header + 2).TakeWhile(row => row.Length == rows[header].Length).Where(row => row[1] == "1")];
        double[] table = [Number(oneThread[0][padded]), .. oneThread.Select(row => Number(row[packed]))];

        double[] chart = [.. Times().Matches(Repository.Read("docs/images/speedup.svg")).Select(match => Number(match.Groups[1].Value))];

        Assert.HasCount(table.Length, chart);
        for (int i = 0; i < table.Length; i++)   // the table has three decimals, the chart two
            Assert.AreEqual(table[i], chart[i], 0.006, "Draw docs/images/speedup.svg again by the command chart of tests/Dtic.Benchmarks.");
    }

    private static double Number(string text) => double.Parse(text, CultureInfo.InvariantCulture);

    [GeneratedRegex(@">([0-9]+\.[0-9]{2})(?: \([0-9.]+ times\))?</text>")]
    private static partial Regex Times();
}
