using Dtic.Transforms.Data;
using Microsoft.ML;

namespace Dtic.Transforms.Interactions;

/// <summary>One part of a <see cref="TimeSplit"/>: some rows of the source in the source's order, with the target flag.</summary>
internal sealed class TimeSplitView : SerialView
{
    private readonly TimeSplit _split;
    private readonly bool _isTestSet;

    public TimeSplitView(TimeSplit split, bool isTestSet)
        : base(split.Schema)
    {
        _split = split;
        _isTestSet = isTestSet;
    }

    /// <inheritdoc/>
    protected override DataViewRowCursor Open(bool[] active) => _split.Open(active, _isTestSet);
}
