namespace Dtic.MLNet.Model.Kernels;

/// <summary>Which of a tile's two vectors take part: where one has no business with a block of keys, the other goes alone, for half the work.</summary>
internal readonly record struct Halves(bool First, bool Second)
{
    /// <summary>The first vector that takes part, 0 or 1.</summary>
    public int Begin => First ? 0 : 1;

    /// <summary>One past the last vector that takes part.</summary>
    public int End => Second ? 2 : 1;

    /// <summary>How many take part.</summary>
    public int Count => End - Begin;

    public bool Any => First || Second;
}
