namespace Dtic.Transforms;

/// <summary>What packing makes of interactions, and what one prompt per target would make of them.</summary>
/// <param name="Prompts">Number of prompts.</param>
/// <param name="Targets">Number of targets.</param>
/// <param name="Tokens">Number of tokens in all prompts.</param>
/// <param name="SlidingWindowTokens">Number of tokens that prompts of one target each would have (targetsPerPrompt = 1).</param>
public sealed record PromptStatistics(long Prompts, long Targets, long Tokens, long SlidingWindowTokens);
