using Microsoft.ML;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>An interaction with a column of every role; <see cref="RowId"/> tells rows apart.</summary>
public sealed class TestInteraction
{
    public int RowId { get; set; }

    public string UserId { get; set; } = "";

    public long Timestamp { get; set; }

    public string MovieId { get; set; } = "";

    public string Genres { get; set; } = "";

    public string Title { get; set; } = "";

    public float Price { get; set; }

    public string Country { get; set; } = "";

    public float Label { get; set; }

    public bool IsTarget { get; set; } = true;

    /// <summary>Options that use every column but <see cref="RowId"/>.</summary>
    public static PromptPackingEstimator.Options AllColumns(int contextLength, int targetsPerPrompt) => new()
    {
        CategoricalColumnNames = ["MovieId", "Genres"],
        Separators = { ["Genres"] = '|' },
        NumericColumnNames = ["Price"],
        TextColumnNames = ["Title"],
        UserColumnNames = ["Country"],
        ContextLength = contextLength,
        TargetsPerPrompt = targetsPerPrompt,
        MinimumCount = 1,
    };

    /// <summary>Rows of a few users in random order, many at the same moment, some labels missing, some rows not targets.</summary>
    public static TestInteraction[] Random(Random random, int count)
    {
        string[] countries = ["at", "de", "ch"];
        string[] words = ["Lost", "River", "Night", "King", "Über", "月"];
        return [.. Enumerable.Range(0, count).Select(id =>
        {
            int user = random.Next(5), movie = random.Next(8);
            return new TestInteraction
            {
                RowId = id,
                UserId = FormattableString.Invariant($"u{user}"),
                Timestamp = random.Next(count / 4),
                MovieId = FormattableString.Invariant($"m{movie}"),
                Genres = string.Join('|', Enumerable.Range(0, random.Next(4)).Select(_ => FormattableString.Invariant($"g{random.Next(4)}"))),
                Title = string.Join(' ', random.GetItems(words, random.Next(4))),
                Price = random.Next(5) == 0 ? float.NaN : random.NextSingle(),
                Country = countries[user % countries.Length],
                Label = random.Next(3) switch { 0 => 0, 1 => 1, _ => float.NaN },
                IsTarget = random.Next(3) > 0,
            };
        })];
    }

    public static IDataView View(MLContext mlContext, IEnumerable<TestInteraction> rows) => mlContext.Data.LoadFromEnumerable(rows.ToArray());
}
