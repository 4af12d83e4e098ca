namespace Dtic.MLNet;

/// <summary>What the context tokens of a prompt (item and outcome tokens) attend to. A [SUM] token always attends across its window.</summary>
public enum ContextAttention
{
    /// <summary>
    /// Their own window of n interactions. Through L layers a target is reached from about L * n interactions back, so a packed score and a
    /// one-at-a-time score differ a little (hidden-state leakage, Lin et al. 2025, arXiv:2503.01001, section 3).
    /// </summary>
    Windowed,

    /// <summary>
    /// Only their own interaction and the prefix. A packed score then equals the one-at-a-time score to rounding, for any number of targets per prompt.
    /// </summary>
    Isolated,
}
