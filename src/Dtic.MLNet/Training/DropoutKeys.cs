using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Training;

/// <summary>
/// Keys for the dropout of a slice's tokens: the step, the prompt, and the token's place in the whole prompt. However a step is cut into
/// pieces and passes, a token loses the same values, also where it is context in one piece and in another one again.
/// </summary>
internal static class DropoutKeys
{
    /// <param name="slice">A slice of the prompt.</param>
    /// <param name="firstInteraction">The prompt's interaction that the slice begins with.</param>
    /// <param name="key">Of the step and the prompt.</param>
    public static IEnumerable<ulong> Of(PackedPrompt slice, int firstInteraction, ulong key)
    {
        for (int token = 0; token < slice.PrefixLength; token++) yield return SeedMix.Add(key, (ulong)token);
        for (int i = 0; i < slice.InteractionCount; i++)
        {
            // A [SUM] is missing where its interaction is context, so it must not count.
            ulong own = SeedMix.Add(~key, (ulong)(firstInteraction + i)), place = 0;
            int end = i + 1 < slice.InteractionCount ? slice.InteractionStarts.Span[i + 1] : slice.Tokens.Length;
            for (int t = slice.InteractionStarts.Span[i]; t < end; t++)
                yield return SeedMix.Add(own, slice.Tokens.Span[t] == SpecialToken.Sum ? ulong.MaxValue : place++);
        }
    }
}
