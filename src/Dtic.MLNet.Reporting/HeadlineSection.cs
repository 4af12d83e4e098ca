using System.Xml.Linq;
using Dtic.MLNet.Evaluation;

namespace Dtic.MLNet.Reporting;

/// <summary>The figures to read first, each with what to hold it against.</summary>
internal static class HeadlineSection
{
    public static XElement? Of(ClickMetrics? metrics) => metrics is null ? null : Html.Section(
        "headline",
        "At a glance",
        $"{Numbers.Count(metrics.NumberOfRows)} labelled rows, {Numbers.Percent(metrics.PositiveRate)} of them clicked"
        + (metrics.NumberOfMissingLabels > 0 ? $"; {Numbers.Count(metrics.NumberOfMissingLabels)} without a label left out" : "")
        + (metrics.NumberOfContextRows > 0 ? $"; {Numbers.Count(metrics.NumberOfContextRows)} that are context left out. " : ". ")
        + (metrics.Users is { } users
            ? $"Intervals are at 95 % and take the rows of one user together ({Numbers.Count(users.NumberOfUsers)} users)."
            : "Intervals are at 95 % and take rows for independent, which rows of one user are not: give the user column for wider, truer ones."),
        new XElement("dl", new XAttribute("class", "cards"), Cards(metrics)));

    private static IEnumerable<XElement> Cards(ClickMetrics metrics)
    {
        yield return Card("AUC", Numbers.Share(metrics.AreaUnderRocCurve), Numbers.Range(metrics.AreaUnderRocCurveInterval), "chance 0.5");
        if (metrics.Users is { } users)
        {
            yield return Card(
                "Grouped AUC", Numbers.Share(users.GroupedAreaUnderRocCurve), Numbers.Range(users.GroupedAreaUnderRocCurveInterval),
                $"{Numbers.Count(users.NumberOfUsersWithBothClasses)} users with both classes");
            foreach (var ndcg in users.Ndcg) yield return Card($"NDCG@{ndcg.Depth}", Numbers.Share(ndcg.Value), null, $"by chance {Numbers.Share(ndcg.ByChance)}");
        }
        yield return Card("LogLoss, bits", Numbers.Share(metrics.LogLoss), Numbers.Range(metrics.LogLossInterval), $"constant {Numbers.Share(metrics.Baseline.LogLoss)}");
        yield return Card("Normalized entropy", Numbers.Share(metrics.NormalizedEntropy), null, "constant 1; lower is better");
        yield return Card("Calibration error", Numbers.Share(metrics.ExpectedCalibrationError), null, $"mean promised {Numbers.Percent(metrics.MeanProbability)}");
        yield return Card("Brier score", Numbers.Share(metrics.BrierScore), null, $"constant {Numbers.Share(metrics.Baseline.BrierScore)}");
        yield return Card("F1 at 0.5", Numbers.Share(metrics.F1Score), null, $"always a click {Numbers.Share(metrics.Baseline.F1Score)}");
    }

    private static XElement Card(string name, string value, string? interval, string beside) => new(
        "div",
        new XElement("dt", name),
        new XElement("dd", new XElement("strong", value), interval is null ? null : new XElement("span", interval), new XElement("small", beside)));
}
