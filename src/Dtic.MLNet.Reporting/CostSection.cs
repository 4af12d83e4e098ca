using System.Xml.Linq;

namespace Dtic.MLNet.Reporting;

/// <summary>What packing saves.</summary>
internal static class CostSection
{
    public static XElement? Of(DticTrainingSummary? training)
    {
        if (training is null) return null;
        var (cost, packed, sliding) = (training.Cost, training.Cost.Packed, training.Cost.SlidingWindow);
        IReadOnlyList<string>[] rows =
        [
            ["Tokens encoded", Numbers.Count(packed.Tokens), Numbers.Count(sliding.Tokens), Numbers.Times(cost.TokenRatio)],
            ["Operations", Numbers.Flops(packed.Flops), Numbers.Flops(sliding.Flops), Numbers.Times(cost.FlopRatio)],
            ["Attended pairs", Numbers.Count(packed.AttendedPairs), Numbers.Count(sliding.AttendedPairs), Numbers.Times((double)sliding.AttendedPairs / packed.AttendedPairs)],
            ["Memory, estimated", Numbers.Mebibytes(packed.PeakMemory), Numbers.Mebibytes(sliding.PeakMemory), Numbers.Times((double)sliding.PeakMemory / packed.PeakMemory)],
        ];
        return Html.Section(
            "cost",
            "Cost of an epoch",
            $"{Numbers.Count(cost.NumberOfTargets)} targets in {Numbers.Count(cost.NumberOfPrompts)} packed prompts, beside the same targets in sliding windows, one prompt each. "
            + "Counted, not timed; memory is estimated.",
            Html.Table("Packed prompts and sliding windows", ["", "Packed", "Sliding windows", "Ratio"], rows));
    }
}
