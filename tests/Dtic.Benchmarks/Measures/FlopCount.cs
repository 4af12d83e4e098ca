using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Benchmarks.Measures;

/// <summary>
/// The floating-point operations of one training pass over prompts, a multiplication and an addition counted as two.
/// </summary>
/// <remarks>
/// Counted from the prompts by the documented rule of who attends to whom, not from the library's own mask, so that it can be held against it.
/// Letters: N tokens, T targets, P attended pairs (query, key) of all tokens, S those of the [SUM] tokens alone; d, f, L as in
/// <see cref="NetworkShape"/>. Forward, linear layers: <c>(L - 1) N (8 d² + 6 d f)</c>; the last layer needs keys and values of every token and the rest
/// of the [SUM] tokens only: <c>4 d² N + T (4 d² + 6 d f)</c>; the click head <c>2 d T</c>. Forward, attention: <c>4 d</c> a pair (its score and its share of the
/// result), <c>(L - 1) P + S</c> pairs. The backward pass has two products for each of the forward pass, hence the factor 3.
/// Embedding, norms, rotations, softmax, SwiGLU's gate and the optimizer are not counted, nor what a kernel computes beyond the admitted pairs.
/// </remarks>
/// <param name="Tokens">N.</param>
/// <param name="Targets">T.</param>
/// <param name="Pairs">P, the pair of a token with itself included.</param>
/// <param name="SumPairs">S.</param>
internal readonly record struct FlopCount(long Tokens, long Targets, long Pairs, long SumPairs)
{
    private const double ForwardAndBackward = 3;

    /// <summary>Operations of the linear layers, forward and backward.</summary>
    public double Linear(NetworkShape shape)
    {
        double d = shape.Width, f = shape.FeedForward;
        double full = (shape.Layers - 1) * Tokens * ((8 * d * d) + (6 * d * f));
        double last = (4 * d * d * Tokens) + (Targets * ((4 * d * d) + (6 * d * f)));
        return ForwardAndBackward * (full + last + (2 * d * Targets));
    }

    /// <summary>Operations of attention, forward and backward.</summary>
    public double Attention(NetworkShape shape) => ForwardAndBackward * 4 * shape.Width * (((shape.Layers - 1.0) * Pairs) + SumPairs);

    public double Total(NetworkShape shape) => Linear(shape) + Attention(shape);

    public static FlopCount Of(IEnumerable<PackedPrompt> prompts, NetworkShape shape)
    {
        FlopCount all = default;
        foreach (var prompt in prompts)
        {
            var one = Of(prompt, shape);
            all = new FlopCount(all.Tokens + one.Tokens, all.Targets + one.Targets, all.Pairs + one.Pairs, all.SumPairs + one.SumPairs);
        }
        return all;
    }

    private static FlopCount Of(PackedPrompt prompt, NetworkShape shape)
    {
        long pairs = 0, sumPairs = 0, targets = 0;
        // Items and outcomes of the interactions before each, so that a window is one subtraction.
        var items = new long[prompt.InteractionCount + 1];
        var outcomes = new long[prompt.InteractionCount + 1];
        for (int t = 1; t <= prompt.PrefixLength; t++) pairs += t;   // the prefix sees itself, causally
        for (int j = 0; j < prompt.InteractionCount; j++)
        {
            int windowStart = Math.Max(0, j - shape.Window), known = Math.Max(windowStart, prompt.KnownOutcomes.Span[j]);
            long window = items[j] - items[windowStart] + outcomes[known] - outcomes[windowStart];
            long context = shape.Isolated ? 0 : window;
            items[j + 1] = items[j];
            outcomes[j + 1] = outcomes[j];
            long own = 0;
            foreach (int token in prompt.Interaction(j))
            {
                bool isSum = token == SpecialToken.Sum;
                long keys = prompt.PrefixLength + (isSum ? window : context) + own + 1;
                pairs += keys;
                if (isSum)
                {
                    sumPairs += keys;
                    targets++;
                }
                else if (token is SpecialToken.Click or SpecialToken.NoClick or SpecialToken.Unknown)
                {
                    outcomes[j + 1]++;
                }
                else
                {
                    items[j + 1]++;
                    own++;
                }
            }
        }
        return new FlopCount(prompt.Tokens.Length, targets, pairs, sumPairs);
    }
}
