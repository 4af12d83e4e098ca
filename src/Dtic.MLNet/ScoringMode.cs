namespace Dtic.MLNet;

/// <summary>How the targets of a packed prompt are scored.</summary>
public enum ScoringMode
{
    /// <summary>Each target behind its own context alone, as a prediction engine scores a request.</summary>
    OneAtATime,

    /// <summary>All targets of a prompt in one pass: faster, and the same numbers only where the model is exactly packable (<see cref="ContextAttention.Isolated"/>).</summary>
    Packed,
}
