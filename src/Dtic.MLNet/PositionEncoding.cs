namespace Dtic.MLNet;

/// <summary>
/// How attention knows where tokens stand. All choices are relative: there is no absolute position anywhere, and a prompt's prefix is seen without distance.
/// </summary>
/// <remarks>
/// <i>Rotary</i>: queries and keys are turned by their position in the prompt, [SUM] tokens not counted (Su et al. 2021, arXiv:2104.09864).
/// <i>Bias</i>: head h = 0 .. H - 1 loses <c>2^(-8 (h + 1) / H) * distance</c> from its scores (ALiBi; Press et al. 2022, arXiv:2108.12409, with distance in tokens).
/// </remarks>
public enum PositionEncoding
{
    /// <summary>Rotary alone.</summary>
    Rotary,

    /// <summary>Rotary, and a bias by distance in interactions for [SUM] tokens only (Lin et al. 2025, arXiv:2503.01001).</summary>
    RotaryWithSumBias,

    /// <summary>Rotary, and a bias by distance in interactions for all tokens.</summary>
    RotaryWithInteractionBias,

    /// <summary>A bias by distance in tokens alone: ALiBi as published.</summary>
    TokenBias,

    /// <summary>A bias by distance in interactions alone: tokens of one interaction are a set.</summary>
    InteractionBias,
}
