using Dtic.Transforms;
using Microsoft.ML;

namespace Dtic.MLNet.Tests.Checks;

/// <summary>Interactions without a fault, for tests to spoil, and what <see cref="DticDiagnostics.Check"/> says of them.</summary>
internal static class CheckCases
{
    public static readonly MLContext Context = new(seed: 1);

    /// <summary>Ten users in turn, who see seven items in turn; every other pair of rows is clicked.</summary>
    public static Seen[] Sound(int first = 0) => [.. Enumerable.Range(first, 200).Select(i => new Seen
    {
        User = $"u{i % 10}", Time = 1_600_000_000 + (100 * i), Item = $"i{i % 7}", Number = i % 13, Label = i % 4 < 2 ? 0 : 1,
    })];

    /// <summary>Later rows of the same users, behind them those that <see cref="Sound"/> has as context.</summary>
    public static Seen[] SoundTest()
    {
        var context = Sound();
        Each(context, (row, _) => row.IsTarget = false);
        return [.. Sound(300), .. context];
    }

    public static void Each(Seen[] rows, Action<Seen, int> change)
    {
        for (int i = 0; i < rows.Length; i++) change(rows[i], i);
    }

    public static PromptPackingEstimator Packing(Action<PromptPackingEstimator.Options>? change = null)
    {
        var options = new PromptPackingEstimator.Options { UserColumnName = "User", TimeColumnName = "Time", CategoricalColumnNames = ["Item"] };
        change?.Invoke(options);
        return Context.Transforms.PackPrompts(options);
    }

    public static DticTrainer Trainer(int epochs = 500) => new(Context, new DticTrainer.Options { NumberOfEpochs = epochs });

    public static CheckReport Check(Seen[] train, Seen[]? test = null, Action<PromptPackingEstimator.Options>? change = null, int epochs = 500) => DticDiagnostics.Check(
        Packing(change), Trainer(epochs), Context.Data.LoadFromEnumerable(train), test is null ? null : Context.Data.LoadFromEnumerable(test));

    public static string Found(CheckReport report, string code) => report.Findings.First(finding => finding.Code == code).Found;
}

/// <summary>A row of interactions.</summary>
internal sealed class Seen
{
    public string User { get; set; } = "";

    public long Time { get; set; }

    public string Item { get; set; } = "";

    public float Number { get; set; }

    public float Label { get; set; }

    public bool IsTarget { get; set; } = true;
}
