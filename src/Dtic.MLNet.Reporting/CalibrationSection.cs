using System.Xml.Linq;
using Dtic.MLNet.Evaluation;

namespace Dtic.MLNet.Reporting;

/// <summary>What was promised and what happened.</summary>
internal static class CalibrationSection
{
    public static XElement? Of(ClickMetrics? metrics) => metrics is null ? null : Html.Section(
        "calibration",
        "Calibration",
        "Whether a probability can be taken at its word: of the rows that were given 30 %, three in ten should be clicked.",
        Html.Row(Curve(metrics), Histogram(metrics)),
        Html.Details("The bins in numbers", Html.Table(
            "Calibration by bins of rising probability",
            ["Mean probability", "Observed rate", "Observed − promised", "Rows"],
            metrics.Calibration.Select(bin => (IReadOnlyList<string>)
            [
                Numbers.Percent(bin.MeanProbability), Numbers.Percent(bin.ObservedRate), Signed(bin.ObservedRate - bin.MeanProbability), Numbers.Count(bin.Count),
            ]))));

    private static XElement Curve(ClickMetrics metrics)
    {
        double top = Math.Min(1, 1.05 * metrics.Calibration.Max(bin => Math.Max(bin.MeanProbability, bin.ObservedRate)));
        return new Chart(
            "Calibration curve", $"Observed rate against mean probability in {metrics.Calibration.Count} bins. Calibration error is {Numbers.Share(metrics.ExpectedCalibrationError)}.",
            "Mean probability", "Observed rate")
        .Within(0, top, 0, top)
        .Line("Perfect", Ink.Reference, [(0, 0), (1, 1)])
        .Line("Model", Ink.First, metrics.Calibration.Select(bin => (bin.MeanProbability, bin.ObservedRate)), marked: true)
        .Draw();
    }

    private static XElement Histogram(ClickMetrics metrics)
    {
        double positives = metrics.Histogram.Sum(bin => bin.Positives), negatives = metrics.Histogram.Sum(bin => bin.Negatives);
        return new Chart("Probabilities by class", "Share of the clicked rows and of the others in each bar of probability.", "Probability", "Share of the class")
        .Within(0, metrics.Histogram[^1].High, 0, double.NaN)
        .Ticks("G6", "0.########%")
        .Bars("Not clicked", Ink.Second, metrics.Histogram.Select(bin => (bin.Low, bin.High, bin.Negatives / Math.Max(1, negatives))))
        .Bars("Clicked", Ink.First, metrics.Histogram.Select(bin => (bin.Low, bin.High, bin.Positives / Math.Max(1, positives))))
        .Draw();
    }

    private static string Signed(double difference) => (difference < 0 ? "−" : "+") + Numbers.Percent(Math.Abs(difference));
}
