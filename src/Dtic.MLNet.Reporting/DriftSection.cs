using System.Xml.Linq;
using Dtic.MLNet.Evaluation;

namespace Dtic.MLNet.Reporting;

/// <summary>How far scores have moved.</summary>
internal static class DriftSection
{
    public static IEnumerable<XElement?> Of(ScoreDrift? drift)
    {
        if (drift is null) yield break;
        yield return Html.Section(
            "drift",
            "Drift",
            "What the model gave of late beside the reference. By custom a population stability index below 0.1 is small, above 0.25 large; with few rows chance alone makes it larger.",
            Summary(drift),
            Html.Row(
                Shares("Probabilities", "Probability", drift.Probabilities),
                drift.HistoryLengths.Count > 0 ? Shares("History lengths", "Interactions before the target", drift.HistoryLengths) : null),
            drift.Reference.Periods.Count + drift.Current.Periods.Count > 0 ? Periods(drift) : null);
    }

    private static XElement Summary(ScoreDrift drift)
    {
        (string Name, Func<DriftSide, string> Value)[] lines =
        [
            ("Rows", side => Numbers.Count(side.NumberOfRows)),
            ("Rows with a label", side => Numbers.Count(side.NumberOfLabeledRows)),
            ("Clicked", side => Numbers.Percent(side.PositiveRate)),
            ("Mean probability", side => Numbers.Percent(side.MeanProbability)),
            ("Items unseen in training", side => Numbers.Percent(side.UnseenItemRate)),
        ];
        var (reference, current) = (drift.Reference, drift.Current);
        return new XElement(
            "div",
            new XElement(
                "dl",
                new XAttribute("class", "cards"),
                Card("Probabilities: stability index", Numbers.Share(drift.PopulationStabilityIndex)),
                Card("Probabilities: Kolmogorov-Smirnov", Numbers.Share(drift.KolmogorovSmirnovDistance)),
                drift.HistoryLengths.Count > 0 ? Card("Histories: stability index", Numbers.Share(drift.HistoryStabilityIndex)) : null),
            Html.Table("Reference and current rows", ["", "Reference", "Current"], lines.Select(line => (IReadOnlyList<string>)[line.Name, line.Value(reference), line.Value(current)])));
    }

    private static XElement Card(string name, string value) => new("div", new XElement("dt", name), new XElement("dd", new XElement("strong", value)));

    private static XElement Shares(string title, string heading, IReadOnlyList<DriftBin> bins) => Html.Table(
        title, [heading, "Reference", "Current"], bins.Select(bin => (IReadOnlyList<string>)[bin.Name, Numbers.Percent(bin.ReferenceShare), Numbers.Percent(bin.CurrentShare)]));

    private static XElement Periods(ScoreDrift drift)
    {
        var periods = drift.Reference.Periods.Concat(drift.Current.Periods).ToList();
        var chart = new Chart("Calibration by time", "Mean probability and observed rate of each period, the reference first.", "Period", "Rate")
            .Within(0.5, periods.Count + 0.5, 0, double.NaN)
            .Ticks("N0", "0.########%")
            .Line("Observed", Ink.Second, periods.Select((period, i) => (i + 1.0, period.PositiveRate)), marked: true)
            .Line("Mean probability", Ink.First, periods.Select((period, i) => (i + 1.0, period.MeanProbability)), marked: true);
        var table = Html.Table(
            "Periods",
            ["Period", "View", "From", "To", "Rows", "Mean probability", "Observed"],
            periods.Select((period, i) => (IReadOnlyList<string>)
            [
                Numbers.Count(i + 1), i < drift.Reference.Periods.Count ? "reference" : "current", period.Begin, period.End,
                Numbers.Count(period.NumberOfRows), Numbers.Percent(period.MeanProbability), Numbers.Percent(period.PositiveRate),
            ]));
        return new XElement("div", Html.Row(chart.Draw()), Html.Details("The periods in numbers", table));
    }
}
