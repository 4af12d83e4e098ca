using System.Globalization;
using System.Text;

namespace Dtic.MLNet.Evaluation;

/// <summary>How far scores have moved from those of a reference; made by <see cref="Microsoft.ML.ClickEvaluationCatalog.CompareDrift"/>.</summary>
public sealed class ScoreDrift
{
    internal ScoreDrift()
    {
    }

    /// <summary>The reference.</summary>
    public required DriftSide Reference { get; init; }

    /// <summary>What is compared with it.</summary>
    public required DriftSide Current { get; init; }

    /// <summary>
    /// Population stability index of the probabilities: the sum over <see cref="Probabilities"/> of <c>(c - r) ln(c / r)</c> with c and r the current and the reference share.
    /// </summary>
    /// <remarks>
    /// By custom (Siddiqi 2006, "Credit risk scorecards") below 0.1 little has changed, from 0.1 to 0.25 something has, above that much has. Chance alone gives about
    /// <c>(B - 1) (1 / N + 1 / M)</c> for B bins and independent N and M rows (Yurdakul 2018). Half a row is added to each bin,
    /// so that one that is empty in a single view does not make it infinite; bins that are empty in both do not count.
    /// </remarks>
    public double PopulationStabilityIndex => DriftBin.StabilityIndex(Probabilities, Reference.NumberOfRows, Current.NumberOfRows);

    /// <summary>Greatest distance between the two cumulative distributions of probabilities (Kolmogorov-Smirnov), from 0 to 1.</summary>
    public required double KolmogorovSmirnovDistance { get; init; }

    /// <summary>Probabilities in bins with a tenth of the reference each, as far as equal ones allow.</summary>
    public required IReadOnlyList<DriftBin> Probabilities { get; init; }

    /// <summary>History lengths in the groups of the options; empty where their column was not given.</summary>
    public required IReadOnlyList<DriftBin> HistoryLengths { get; init; }

    /// <summary>Population stability index of <see cref="HistoryLengths"/>; NaN where their column was not given.</summary>
    public double HistoryStabilityIndex => DriftBin.StabilityIndex(HistoryLengths, Reference.NumberOfRows, Current.NumberOfRows);

    /// <summary>Everything as a table in text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        Line($"{"",-24} {"reference",12} {"current",12}");
        Line($"{"Rows",-24} {Reference.NumberOfRows,12:N0} {Current.NumberOfRows,12:N0}");
        Line($"{"with a label",-24} {Reference.NumberOfLabeledRows,12:N0} {Current.NumberOfLabeledRows,12:N0}");
        Line($"{"Label rate",-24} {Reference.PositiveRate,12:P2} {Current.PositiveRate,12:P2}");
        Line($"{"Mean probability",-24} {Reference.MeanProbability,12:P2} {Current.MeanProbability,12:P2}");
        if (!double.IsNaN(Reference.UnseenItemRate)) Line($"{"Unseen items",-24} {Reference.UnseenItemRate,12:P2} {Current.UnseenItemRate,12:P2}");
        Line($"Probabilities: population stability index {PopulationStabilityIndex:F4}, Kolmogorov-Smirnov distance {KolmogorovSmirnovDistance:F4}");
        foreach (var bin in Probabilities) Line($"  {bin.Name,-22} {bin.ReferenceShare,12:P2} {bin.CurrentShare,12:P2}");
        if (HistoryLengths.Count > 0) Line($"History lengths: population stability index {HistoryStabilityIndex:F4}");
        foreach (var bin in HistoryLengths) Line($"  {bin.Name,-22} {bin.ReferenceShare,12:P2} {bin.CurrentShare,12:P2}");
        foreach (var (name, side) in new[] { ("Reference", Reference), ("Current", Current) })
        {
            if (side.Periods.Count > 0) Line($"{name,-42} {"rows",12} {"promised",9} {"observed",9}");
            foreach (var period in side.Periods) Line($"  {$"{period.Begin} - {period.End}",-40} {period.NumberOfRows,12:N0} {period.MeanProbability,9:P2} {period.PositiveRate,9:P2}");
        }
        return text.ToString().TrimEnd();

        void Line(FormattableString line) => text.Append(line.ToString(CultureInfo.InvariantCulture).TrimEnd()).Append('\n');
    }
}
