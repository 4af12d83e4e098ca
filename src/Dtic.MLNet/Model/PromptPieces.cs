using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Model;

/// <summary>Some consecutive targets of a prompt, encoded by themselves behind their own context.</summary>
internal readonly record struct PromptPiece(int FirstTarget, int TargetCount);

/// <summary>
/// Cuts targets of one prompt into pieces of bounded length, each behind its own n context interactions, so that a history of any length
/// takes bounded memory.
/// </summary>
/// <remarks>
/// With <see cref="ContextAttention.Isolated"/> a piece gives exactly the logits and gradients of the whole, so the caller's bound decides
/// and holds. In the other modes a piece's first targets lose what leaks to them from beyond their window, so where the cuts are is part of
/// what the model learns: there they follow a rule of their own, which no setting of memory or threads moves. A piece then has up to
/// <see cref="FixedTokens"/> tokens, and at least 4 n targets whatever their length, so that context encoded again is at most a quarter more.
/// </remarks>
internal static class PromptPieces
{
    /// <summary>The bound of a piece where cutting is inexact; the default of <see cref="DticTrainer.Options.MaximumTokensPerPass"/>.</summary>
    public const int FixedTokens = 4096;

    /// <summary>As few pieces as the bound allows, about equally long.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="asked">Numbers of the targets that must come into a piece, ascending; others are left out except between two of these.</param>
    /// <param name="contextLength">n, in interactions.</param>
    /// <param name="attention">Decides whose bound counts.</param>
    /// <param name="maximumTokens">The caller's bound. One target is a piece however long it is.</param>
    public static List<PromptPiece> Cut(PromptTargets prompt, ReadOnlySpan<int> asked, int contextLength, ContextAttention attention, int maximumTokens)
    {
        bool exact = attention == ContextAttention.Isolated;
        int bound = exact ? maximumTokens : FixedTokens;
        long fewest = exact ? 1 : 4L * contextLength;
        var pieces = Fill(prompt, asked, contextLength, bound, fewest);
        if (pieces.Count < 2) return pieces;

        // The tightest bound that takes no more pieces: filling up would leave a short rest, and workers wait for the longest.
        for (int low = 1; low < bound;)
        {
            int middle = low + ((bound - low) / 2);
            var tighter = Fill(prompt, asked, contextLength, middle, fewest);
            if (tighter.Count > pieces.Count) low = middle + 1;
            else (bound, pieces) = (middle, tighter);
        }
        return pieces;
    }

    private static List<PromptPiece> Fill(PromptTargets prompt, ReadOnlySpan<int> asked, int contextLength, int bound, long fewest)
    {
        var pieces = new List<PromptPiece>();
        for (int begin = 0, end; begin < asked.Length; begin = end)
        {
            int first = asked[begin];
            for (end = begin + 1; end < asked.Length; end++)
                if (end - begin >= fewest && prompt.Length(first, asked[end] - first + 1, contextLength) > bound) break;
            pieces.Add(new PromptPiece(first, asked[end - 1] - first + 1));
        }
        return pieces;
    }
}
