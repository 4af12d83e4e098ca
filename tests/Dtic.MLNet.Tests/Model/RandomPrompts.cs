using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Tests.Model;

/// <summary>
/// Ragged prompts by seed: prefixes of 0 to 3 tokens, interactions of 1 to 4 item tokens, targets and context in any order (the last is always
/// a target), every outcome, and any known outcomes that never shrink.
/// </summary>
internal sealed class RandomPrompts(int seed)
{
    public const int VocabularySize = 24;

    private readonly Random _random = new(seed);

    public PackedPrompt[] Batch(int prompts, int longest = 10) => [.. Enumerable.Range(0, prompts).Select(_ => Next(longest))];

    /// <summary>A prompt of 1 to <paramref name="longest"/> interactions.</summary>
    public PackedPrompt Next(int longest = 10)
    {
        int count = _random.Next(1, longest + 1), widest = _random.Next(1, 5);
        double targets = _random.NextDouble();
        int delay = _random.Next(3);   // everything known, nothing known, anything between
        List<int> tokens = [.. Enumerable.Range(0, _random.Next(4)).Select(_ => Item())];
        var starts = new int[count];
        var known = new int[count];
        for (int j = 0; j < count; j++)
        {
            starts[j] = tokens.Count;
            known[j] = delay == 0 ? j : delay == 1 || j == 0 ? 0 : _random.Next(known[j - 1], j + 1);
            tokens.AddRange(Enumerable.Range(0, _random.Next(1, widest + 1)).Select(_ => Item()));
            if (j == count - 1 || _random.NextDouble() < targets)
            {
                tokens.Add(SpecialToken.Sum);
            }

            if (j < count - 1)
            {
                tokens.Add(_random.Next(3) switch { 0 => SpecialToken.Click, 1 => SpecialToken.NoClick, _ => SpecialToken.Unknown });
            }
        }

        return new PackedPrompt(tokens.ToArray(), starts, known);
    }

    /// <summary>A window from none to longer than any history.</summary>
    public int ContextLength() => _random.Next(7) switch { 6 => 1000, int n => n };

    public ContextAttention Attention() => (ContextAttention)_random.Next(Enum.GetValues<ContextAttention>().Length);

    public PositionEncoding Positions() => (PositionEncoding)_random.Next(Enum.GetValues<PositionEncoding>().Length);

    /// <summary>One label per target: 0, 1 or, where <paramref name="missing"/>, now and then NaN.</summary>
    public float[] Labels(PackedPrompt prompt, bool missing = false) =>
        [.. Enumerable.Range(0, prompt.TargetCount).Select(_ => missing && _random.Next(3) == 0 ? float.NaN : _random.Next(2))];

    private int Item() => _random.Next(SpecialToken.Count, VocabularySize);
}
