namespace Dtic.Transforms.Tests.Vocabularies;

/// <summary>The titles of ml-latest-small.</summary>
internal static class MovieTitles
{
    public static List<string> Read()
    {
        string? data = Environment.GetEnvironmentVariable("DTIC_DATA");
        if (string.IsNullOrEmpty(data))
        {
            Assert.Inconclusive("DTIC_DATA is not set.");
        }
        var titles = new List<string>();
        foreach (string line in File.ReadLines(Path.Combine(data!, "ml-latest-small", "movies.csv")).Skip(1))
        {
            string title = line[(line.IndexOf(',') + 1)..line.LastIndexOf(',')];
            titles.Add(title.Trim('"').Replace("\"\"", "\"", StringComparison.Ordinal));
        }
        return titles;
    }
}
