using System.Globalization;
using Dtic.MLNet.Evaluation;

namespace Dtic.MLNet.Reporting;

/// <summary>Figures with the digits that a reader can use, whatever the culture.</summary>
internal static class Numbers
{
    private const string None = "–";

    public static string Share(double value) => Text(value, "0.0000");

    public static string Percent(double value) => double.IsFinite(value) ? string.Create(CultureInfo.InvariantCulture, $"{100 * value:0.00}\u00A0%") : Text(value, "0");

    public static string Count(double value) => Text(value, "N0");

    public static string Times(double value) => Text(value, value < 100 ? "0.0" : "N0") + "\u00A0×";

    public static string Range(ConfidenceInterval interval) => double.IsNaN(interval.Low) ? None : $"{Share(interval.Low)} to {Share(interval.High)}";

    public static string Ratio(double value) => Text(value, "0.0#");

    public static string Identifier(int value) => value.ToString(CultureInfo.InvariantCulture);

    public static string Time(TimeSpan value) => value.TotalMinutes < 1 ? $"{Text(value.TotalSeconds, "0.0")} s" : string.Create(CultureInfo.InvariantCulture, $"{(long)value.TotalHours}:{value:mm\\:ss}");

    /// <summary>Operations with the prefix that leaves one to three digits before the point.</summary>
    public static string Flops(double value)
    {
        ReadOnlySpan<string> units = ["FLOP", "kFLOP", "MFLOP", "GFLOP", "TFLOP", "PFLOP", "EFLOP"];
        int unit = value < 1 ? 0 : Math.Min(units.Length - 1, (int)(Math.Log10(value) / 3));
        return $"{Text(value / Math.Pow(1000, unit), "0.0")} {units[unit]}";
    }

    public static string Mebibytes(double bytes) => Text(bytes / (1 << 20), "N0") + " MiB";

    private static string Text(double value, string format) =>
        double.IsNaN(value) ? None : double.IsInfinity(value) ? (value > 0 ? "∞" : "−∞") : value.ToString(format, CultureInfo.InvariantCulture);
}
