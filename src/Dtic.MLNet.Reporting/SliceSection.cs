using System.Xml.Linq;
using Dtic.MLNet.Evaluation;

namespace Dtic.MLNet.Reporting;

/// <summary>Groups of rows that an average hides.</summary>
internal static class SliceSection
{
    public static XElement? Of(ClickMetrics? metrics) => metrics is not { Slices.Count: > 0 } ? null : Html.Section(
        "slices",
        "Slices",
        "Users with short histories and items that training never saw are what a service meets first. A slice's normalized entropy is held against its own rate of clicks.",
        metrics.Slices.GroupBy(slice => slice.Dimension).Select(dimension => Html.Table(
            dimension.Key,
            [dimension.Key, "Rows", "Clicked", "AUC", "AUC, 95 %", "Normalized entropy", "Calibration error"],
            dimension.Select(slice => (IReadOnlyList<string>)
            [
                slice.Name, Numbers.Count(slice.Count), Numbers.Percent(slice.PositiveRate), Numbers.Share(slice.AreaUnderRocCurve), Numbers.Range(slice.AreaUnderRocCurveInterval),
                Numbers.Share(slice.NormalizedEntropy), Numbers.Share(slice.ExpectedCalibrationError),
            ]))));
}
