using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Tests.Model;

/// <summary>Who attends to whom, said the slow way: every pair of tokens is asked, from the prompts alone.</summary>
internal static class MaskOracle
{
    private enum Role
    {
        Prefix,
        Item,
        Sum,
        Outcome,
    }

    /// <summary>[t, s]: whether token t of the prompts laid end to end attends to token s.</summary>
    public static bool[,] Of(IReadOnlyList<PackedPrompt> prompts, int contextLength, ContextAttention attention)
    {
        var tokens = prompts.SelectMany((prompt, p) => Describe(prompt, p)).ToArray();
        var mask = new bool[tokens.Length, tokens.Length];
        for (int t = 0; t < tokens.Length; t++)
        {
            for (int s = 0; s <= t; s++)
            {
                mask[t, s] = Attends(tokens[t], tokens[s], prompts, contextLength, attention);
            }
        }

        return mask;
    }

    private static bool Attends(Token t, Token s, IReadOnlyList<PackedPrompt> prompts, int n, ContextAttention attention)
    {
        if (s.Prompt != t.Prompt)
        {
            return false;
        }

        if (s.Role == Role.Prefix)
        {
            return true;
        }

        if (s.Role == Role.Sum)
        {
            return s == t;
        }

        if (attention == ContextAttention.Isolated && t.Role != Role.Sum && s.Interaction != t.Interaction)
        {
            return false;
        }

        if (s.Role == Role.Outcome && s.Interaction < t.Interaction && s.Interaction >= prompts[t.Prompt].KnownOutcomes.Span[t.Interaction])
        {
            return false;
        }

        return (long)s.Interaction >= (long)t.Interaction - n;
    }

    private static IEnumerable<Token> Describe(PackedPrompt prompt, int index)
    {
        int[] starts = [.. prompt.InteractionStarts.ToArray(), prompt.Tokens.Length];
        for (int i = 0; i < starts[0]; i++)
        {
            yield return new Token(index, -1, i, Role.Prefix);
        }

        for (int j = 0; j < starts.Length - 1; j++)
        {
            for (int i = starts[j]; i < starts[j + 1]; i++)
            {
                bool last = j == starts.Length - 2;   // it carries no outcome
                var role = prompt.Tokens.Span[i] == SpecialToken.Sum ? Role.Sum : i == starts[j + 1] - 1 && !last ? Role.Outcome : Role.Item;
                yield return new Token(index, j, i, role);
            }
        }
    }

    private sealed record Token(int Prompt, int Interaction, int Index, Role Role);
}
