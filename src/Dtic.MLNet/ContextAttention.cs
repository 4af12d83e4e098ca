namespace Dtic.MLNet;

/// <summary>What the context tokens of a prompt (item and outcome tokens) attend to. A [SUM] token always attends across its window.</summary>
public enum ContextAttention
{
    /// <summary>
    /// Only their own interaction and the prefix. A packed score then equals the one-at-a-time score to rounding, for any number of targets per prompt,
    /// and the context's keys and values can be cached.
    /// </summary>
    Isolated,

    /// <summary>
    /// Their own window of n interactions. Through L layers a target is reached from about L * n interactions back, so a packed score and a
    /// one-at-a-time score differ a little (hidden-state leakage, Lin et al. 2025, arXiv:2503.01001, section 3).
    /// </summary>
    Windowed,

    /// <summary>
    /// As <see cref="Windowed"/>, with hidden states pulled back toward their initial state with distance: a token d interactions back is read as
    /// <c>(1 - d / n) h + (d / n) h0</c> on its way into keys and values, h0 being the layer's view of the token's embedding. The paper (Lin et al. 2025,
    /// arXiv:2503.01001) gives "linear interpolation toward the initial state, distance-based"; d / n is our choice, the share of the token's own window that lies
    /// beyond the reader's. Keys and values of both states can be cached. Attention runs in torch operations, several times slower than <see cref="Windowed"/>'s.
    /// </summary>
    WindowedReset,
}
