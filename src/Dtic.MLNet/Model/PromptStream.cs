using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Model;

/// <summary>
/// Prompts laid end to end as one sequence of N tokens, with who may attend to whom. No batch dimension, no padding.
/// </summary>
/// <remarks>
/// Token t of interaction j attends to s, s at most t, of the same prompt when s stands in the prefix, or in the window; never to another
/// token's [SUM]; and to the outcome of an earlier interaction only when that outcome was known at j's time. Interactions are in time
/// order, so the known outcomes are a leading run, and the whole rule is three numbers per token: <see cref="FirstKey"/>,
/// <see cref="OutcomeEnd"/> and the token's kind.
/// </remarks>
internal sealed class PromptStream
{
    private readonly int _contextLength;

    /// <summary>As a model attends.</summary>
    public PromptStream(IReadOnlyList<PackedPrompt> prompts, ModelConfiguration model)
        : this(prompts, model.ContextLength, model.ContextAttention, model.PositionEncoding)
    {
    }

    public PromptStream(
        IReadOnlyList<PackedPrompt> prompts, int contextLength, ContextAttention attention, PositionEncoding positions = PositionEncoding.Rotary)
    {
        Attention = attention;
        _contextLength = contextLength;
        int length = prompts.Sum(p => p.Tokens.Length);
        Tokens = new long[length];
        Positions = new int[length];
        FirstKey = new int[length];
        OutcomeEnd = new int[length];
        PrefixStart = new int[length];
        PrefixEnd = new int[length];
        Kinds = new TokenKind[length];
        Interactions = new int[length];
        InteractionStarts = new int[length];
        Places = new float[length];
        BiasScales = new float[length];
        var sums = new List<int>();
        var prefix = new List<int>();
        int at = 0;
        PromptStarts = new int[prompts.Count + 1];
        for (int p = 0; p < prompts.Count; p++, PromptStarts[p] = at)
        {
            var prompt = prompts[p];
            int start = at, prefixStart = prefix.Count, position = 0;
            var starts = prompt.InteractionStarts.Span;
            var tokens = prompt.Tokens.Span;
            for (; at - start < prompt.PrefixLength; at++)
            {
                prefix.Add(at);
                Tokens[at] = tokens[at - start];
                Positions[at] = position++;
                Kinds[at] = TokenKind.Prefix;
                FirstKey[at] = at + 1;   // nothing outside the prefix
                PrefixStart[at] = prefixStart;
                PrefixEnd[at] = prefix.Count;
            }
            for (int j = 0; j < prompt.InteractionCount; j++)
            {
                int windowStart = start + starts[Math.Max(0, j - contextLength)];
                int outcomeEnd = start + starts[prompt.KnownOutcomes.Span[j]], first = at;
                foreach (int token in prompt.Interaction(j))
                {
                    bool sum = token == SpecialToken.Sum;
                    if (sum) sums.Add(at);
                    Tokens[at] = token;
                    Positions[at] = sum ? position : position++;
                    Kinds[at] = sum ? TokenKind.Sum : token is SpecialToken.Click or SpecialToken.NoClick or SpecialToken.Unknown ? TokenKind.Outcome : TokenKind.Item;
                    FirstKey[at] = sum || attention != ContextAttention.Isolated ? windowStart : start + starts[j];
                    OutcomeEnd[at] = outcomeEnd;
                    Interactions[at] = j;
                    InteractionStarts[at] = first;
                    Places[at] = positions == PositionEncoding.TokenBias ? Positions[at] : j;
                    BiasScales[at] = positions == PositionEncoding.Rotary || (positions == PositionEncoding.RotaryWithSumBias && !sum) ? 0 : 1;
                    PrefixStart[at] = prefixStart;
                    PrefixEnd[at] = prefix.Count;
                    at++;
                }
            }
        }
        SumTokens = [.. sums];
        PrefixTokens = [.. prefix];
    }

    public ContextAttention Attention { get; }

    public int Length => Tokens.Length;

    /// <summary>Where each prompt begins, and N behind the last.</summary>
    public int[] PromptStarts { get; }

    /// <summary>Token ids, int64 (N).</summary>
    public long[] Tokens { get; }

    /// <summary>Number of non-[SUM] tokens before each token in its prompt (N).</summary>
    public int[] Positions { get; }

    /// <summary>What each token is (N).</summary>
    public TokenKind[] Kinds { get; }

    /// <summary>The interaction in its prompt that each token belongs to (N); 0 for prefix tokens.</summary>
    public int[] Interactions { get; }

    /// <summary>The first token of each token's interaction (N); 0 for prefix tokens.</summary>
    public int[] InteractionStarts { get; }

    /// <summary>Where each token stands on the scale that distances are taken on (N): its interaction, or its position; 0 for prefix tokens.</summary>
    public float[] Places { get; }

    /// <summary>How much each token minds distance (N): 1 as the head's slope says, 0 not at all.</summary>
    public float[] BiasScales { get; }

    /// <summary>First token outside the prefix that token t may attend to (N); behind t when there is none.</summary>
    public int[] FirstKey { get; }

    /// <summary>Earlier outcomes are visible to t when they stand before this token (N).</summary>
    public int[] OutcomeEnd { get; }

    /// <summary>First and one past the last entry of <see cref="PrefixTokens"/> that token t sees (N).</summary>
    public int[] PrefixStart { get; }

    /// <inheritdoc cref="PrefixStart"/>
    public int[] PrefixEnd { get; }

    /// <summary>The prefix tokens of all prompts (P).</summary>
    public int[] PrefixTokens { get; }

    /// <summary>The [SUM] tokens, one per target (T).</summary>
    public int[] SumTokens { get; }

    /// <summary>
    /// The share a(d) of its initial state in which token t reads token s, d interactions back: d / n. It is the part of s's own window that
    /// lies beyond t's, so what s may have leaked from there is taken back in the same measure, and s is read as at first at the window's edge.
    /// </summary>
    public float ResetShare(int t, int s) => _contextLength == 0 ? 0 : (float)(Interactions[t] - Interactions[s]) / _contextLength;

    /// <summary>Whether token t may attend to token s, which is at or behind <c>FirstKey[t]</c> and not behind t.</summary>
    public bool Admits(int t, int s) => s == t || Kinds[s] switch
    {
        TokenKind.Item => true,
        TokenKind.Outcome => s < OutcomeEnd[t],
        _ => false,
    };
}

/// <summary>What a token of a prompt is.</summary>
internal enum TokenKind : byte
{
    Item,
    Outcome,
    Sum,
    Prefix,
}
