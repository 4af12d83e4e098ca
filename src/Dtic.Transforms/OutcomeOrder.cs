namespace Dtic.Transforms;

/// <summary>What decides whether an interaction sees the outcome of an earlier one.</summary>
public enum OutcomeOrder
{
    /// <summary>Time: the outcome of i is known to j if time(i) + delay is before time(j). Interactions of the same moment do not see each other's outcomes.</summary>
    StrictTime,

    /// <summary>Order: the outcome of every earlier interaction is known, also of one at the same moment. Published protocols do this; a service cannot.</summary>
    RowOrder,
}
