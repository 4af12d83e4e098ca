using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Tests.Evaluation;

/// <summary>A scored row as tests make it.</summary>
internal sealed record ScoredClick
{
    public string User { get; init; } = "u";
    public string Item { get; init; } = "i";

    [ColumnName("Prompt.HistoryLength")]
    public int HistoryLength { get; init; }
    public DateTime Time { get; init; }
    public float Label { get; init; }
    public float Score { get; init; }
    public float Probability { get; init; }

    /// <summary>Its probability is the sigmoid of the score.</summary>
    public static ScoredClick Of(float label, float score, string user = "u") =>
        new() { Label = label, Score = score, Probability = (float)(1 / (1 + Math.Exp(-score))), User = user };

    public static IDataView View(IEnumerable<ScoredClick> rows) => new MLContext(seed: 1).Data.LoadFromEnumerable(rows);

    /// <summary>Rows with ties, users of different sizes and tastes, and scores that say something.</summary>
    public static ScoredClick[] Random(int seed, int count, int users = 12)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(i =>
        {
            int user = (int)(users * random.NextDouble() * random.NextDouble());
            bool clicked = random.NextDouble() < 0.2 + (0.5 * user / users);
            float score = MathF.Round((float)((random.NextDouble() * 4) - 2.5 + (clicked ? 1 : 0)), 1);
            return Of(clicked ? 1 : 0, score, FormattableString.Invariant($"u{user}")) with
            {
                Item = FormattableString.Invariant($"i{random.Next(20)}"),
                HistoryLength = random.Next(30),
                Time = new DateTime(2026, 1, 1).AddHours(i),
            };
        })];
    }
}
