using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>
/// One prompt: the tokens of consecutive interactions of one user, oldest first.
/// </summary>
/// <remarks>
/// Layout: <c>prefix | interaction 0 | interaction 1 | ...</c>, where an interaction is <c>item tokens, [SUM] if it is a target, outcome</c>.
/// The last interaction is always a target and carries no outcome: nothing could attend to it, and a prompt of one target then cannot
/// contain that target's label at all.
/// </remarks>
/// <param name="Tokens">Token ids; the first <c>InteractionStarts[0]</c> of them are the prefix.</param>
/// <param name="InteractionStarts">For each interaction the index of its first token.</param>
/// <param name="KnownOutcomes">For each interaction j the number m of leading interactions of this prompt whose outcome was known at j's time: j sees the outcomes of 0..m-1; m is at most j.</param>
internal readonly record struct PackedPrompt(ReadOnlyMemory<int> Tokens, ReadOnlyMemory<int> InteractionStarts, ReadOnlyMemory<int> KnownOutcomes)
{
    /// <summary>Number of interactions, context and targets together.</summary>
    public int InteractionCount => InteractionStarts.Length;

    /// <summary>Number of leading tokens that every token of the prompt sees.</summary>
    public int PrefixLength => InteractionStarts.Span[0];

    /// <summary>Number of targets: one [SUM] token each.</summary>
    public int TargetCount => Tokens.Span.Count(SpecialToken.Sum);

    /// <summary>What keeps this from being a prompt, as a clause; null: nothing.</summary>
    /// <param name="vocabularySize">Number of token ids.</param>
    public string? Problem(int vocabularySize)
    {
        ReadOnlySpan<int> tokens = Tokens.Span, starts = InteractionStarts.Span, known = KnownOutcomes.Span;
        int strange = tokens.IndexOfAnyExceptInRange(0, vocabularySize - 1);
        if (strange >= 0) return FormattableString.Invariant($"token {tokens[strange]} of a vocabulary of {vocabularySize}");
        if (starts.Length == 0 && tokens.Length > 0) return FormattableString.Invariant($"{tokens.Length} tokens and no interaction");
        if (starts.Length != known.Length) return FormattableString.Invariant($"{starts.Length} interactions, with known outcomes of {known.Length}");
        for (int i = 0; i < starts.Length; i++)
        {
            int end = i + 1 < starts.Length ? starts[i + 1] : tokens.Length;
            if (starts[i] < 0 || starts[i] >= end) return FormattableString.Invariant($"an interaction that begins at token {starts[i]} and ends before token {end}");
            if (known[i] < 0 || known[i] > i) return FormattableString.Invariant($"an interaction that sees {known[i]} outcomes, and {i} stand before it");
        }

        return null;
    }

    /// <summary>The tokens of one interaction, [SUM] and outcome included.</summary>
    public ReadOnlySpan<int> Interaction(int index)
    {
        var starts = InteractionStarts.Span;
        int end = index + 1 < starts.Length ? starts[index + 1] : Tokens.Length;
        return Tokens.Span[starts[index]..end];
    }

    /// <summary>The prompt without the interactions <c>[begin, end)</c>, as if they had never been; the last interaction must stay.</summary>
    public PackedPrompt Without(int begin, int end)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(end, InteractionCount);
        int[] starts = InteractionStarts.ToArray(), known = KnownOutcomes.ToArray();
        int from = starts[begin], to = starts[end];
        for (int i = end; i < starts.Length; i++)
        {
            starts[i] -= to - from;
            known[i] -= Math.Clamp(known[i] - begin, 0, end - begin);
        }

        return new PackedPrompt(
            (int[])[.. Tokens.Span[..from], .. Tokens.Span[to..]],
            (int[])[.. starts.AsSpan(0, begin), .. starts.AsSpan(end)],
            (int[])[.. known.AsSpan(0, begin), .. known.AsSpan(end)]);
    }

    /// <inheritdoc cref="PromptTargets.Slice(int, int, int)"/>
    /// <remarks>Looks through the whole prompt for its targets: who slices one prompt many times keeps a <see cref="PromptTargets"/>.</remarks>
    public PackedPrompt Slice(int firstTarget, int count, int contextLength) => new PromptTargets(this).Slice(firstTarget, count, contextLength);
}
