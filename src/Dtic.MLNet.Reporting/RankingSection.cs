using System.Xml.Linq;
using Dtic.MLNet.Evaluation;

namespace Dtic.MLNet.Reporting;

/// <summary>The ROC and precision-recall curves.</summary>
internal static class RankingSection
{
    public static XElement? Of(ClickMetrics? metrics) => metrics is not { RocCurve.Count: > 0 } ? null : Html.Section(
        "ranking",
        "Ranking",
        "How well scores put clicked rows before the others, at every threshold.",
        Html.Row(Roc(metrics), PrecisionRecall(metrics)));

    private static XElement Roc(ClickMetrics metrics) =>
        new Chart(
            "ROC curve", $"Share of clicked rows found against share of the others taken for clicks. The area under the curve is {Numbers.Share(metrics.AreaUnderRocCurve)}.",
            "False-positive rate", "True-positive rate")
        .Within(0, 1.01, 0, 1.01)
        .Line("Chance", Ink.Reference, [(0, 0), (1, 1)])
        .Line($"Model, area {Numbers.Share(metrics.AreaUnderRocCurve)}", Ink.First, metrics.RocCurve.Select(p => (p.FalsePositiveRate, p.TruePositiveRate)).Prepend((0, 0)))
        .Draw();

    private static XElement PrecisionRecall(ClickMetrics metrics) =>
        new Chart(
            "Precision and recall", $"Share of clicks among the rows taken for clicks against the share of clicked rows found. Average precision is {Numbers.Share(metrics.AveragePrecision)}.",
            "Recall", "Precision")
        .Within(0, 1.01, 0, 1.01)
        .Line($"Chance {Numbers.Share(metrics.PositiveRate)}", Ink.Reference, [(0, metrics.PositiveRate), (1, metrics.PositiveRate)])
        .Line($"Model, average {Numbers.Share(metrics.AveragePrecision)}", Ink.First, metrics.RocCurve.Select(p => (p.TruePositiveRate, p.Precision)))
        .Draw();
}
