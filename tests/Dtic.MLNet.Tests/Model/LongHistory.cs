using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Tests.Model;

/// <summary>One user's whole history as one prompt: every interaction a target, its label the outcome that stands behind it.</summary>
internal static class LongHistory
{
    /// <param name="interactions">Number of interactions.</param>
    /// <param name="longest">Item tokens of an interaction, from 1 to this number.</param>
    /// <param name="seed">Of the items and the outcomes.</param>
    public static (PackedPrompt Prompt, float[] Labels) Of(int interactions, int longest, int seed = 1)
    {
        var random = new Random(seed);
        var tokens = new List<int> { 20 };
        var starts = new int[interactions];
        var labels = new float[interactions];
        for (int i = 0; i < interactions; i++)
        {
            labels[i] = random.Next(2);
            starts[i] = tokens.Count;
            tokens.AddRange(Enumerable.Range(0, random.Next(1, longest + 1)).Select(_ => random.Next(SpecialToken.Count, 20)));
            tokens.Add(SpecialToken.Sum);
            tokens.Add(labels[i] > 0 ? SpecialToken.Click : SpecialToken.NoClick);
        }

        tokens.RemoveAt(tokens.Count - 1);
        return (new PackedPrompt(tokens.ToArray(), starts, Enumerable.Range(0, interactions).ToArray()), labels);
    }
}
