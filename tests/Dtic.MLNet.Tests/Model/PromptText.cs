using System.Globalization;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Tests.Model;

/// <summary>
/// Small prompts as text: <c>"20 21 | 5 6 + | 7 S"</c> is a prefix of two tokens, a clicked interaction and a target.
/// S is [SUM]; +, - and ? are the outcomes click, no click and unknown.
/// </summary>
internal static class PromptText
{
    /// <param name="text">The prompt; what stands before the first bar is the prefix.</param>
    /// <param name="known">The known outcomes of each interaction; none given: all of the earlier ones.</param>
    public static PackedPrompt Parse(string text, params int[] known)
    {
        string[] parts = text.Split('|');
        var tokens = new List<int>(Tokens(parts[0]));
        var starts = new List<int>();
        foreach (string interaction in parts.Skip(1))
        {
            starts.Add(tokens.Count);
            tokens.AddRange(Tokens(interaction));
        }

        return new PackedPrompt(tokens.ToArray(), starts.ToArray(), known.Length > 0 ? known : [.. Enumerable.Range(0, starts.Count)]);
    }

    /// <summary>The prompt with one token replaced.</summary>
    public static PackedPrompt With(this PackedPrompt prompt, int index, int token)
    {
        int[] tokens = prompt.Tokens.ToArray();
        tokens[index] = token;
        return prompt with { Tokens = tokens };
    }

    private static IEnumerable<int> Tokens(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(token => token switch
    {
        "+" => SpecialToken.Click,
        "-" => SpecialToken.NoClick,
        "?" => SpecialToken.Unknown,
        "S" => SpecialToken.Sum,
        _ => int.Parse(token, CultureInfo.InvariantCulture),
    });
}
