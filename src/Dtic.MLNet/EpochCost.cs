using System.Text.Json.Serialization;

namespace Dtic.MLNet;

/// <summary>What an epoch of training takes; a part of <see cref="TrainingCost"/>.</summary>
public sealed class EpochCost
{
    [JsonConstructor]
    internal EpochCost()
    {
    }

    /// <summary>Tokens that are encoded.</summary>
    /// <remarks>
    /// <see cref="Transforms.PromptStatistics.Tokens"/> counts those of the prompts as they were packed. Training encodes a little more, because a prompt
    /// that goes on in the next step, or in the next piece of a long history, stands behind its context again; and less where targets have no label.
    /// </remarks>
    public required long Tokens { get; init; }

    /// <summary>Pairs of a token and a token that it attends to, as the mask admits them, itself included; in one layer in which every token asks.</summary>
    public required long AttendedPairs { get; init; }

    /// <summary>Floating-point operations, forward and backward, a multiplication and an addition being two.</summary>
    /// <remarks>
    /// Letters: D, F widths, L layers, N tokens, T targets, P pairs, S those pairs in which a [SUM] token asks, which alone count in the last layer. Forward:
    /// <c>2 (L - 1) N (4 D D + 3 D F) + 4 N D D + 2 T (2 D D + 3 D F + D) + 4 D ((L - 1) P + S)</c>; backward twice as many. What is not a product of
    /// matrices is left out, and so is the optimizer.
    /// </remarks>
    public required double Flops { get; init; }

    /// <summary>Tokens of the longest forward and backward pass.</summary>
    public required long LongestPass { get; init; }

    /// <summary>Estimated memory at its peak, in bytes, without the libraries' own.</summary>
    /// <remarks>
    /// The prompts as they are stored, the weights twice, AdamW's two moments, and for each worker a gradient of the weights (of the embeddings, of a step's rows) and what its longest pass keeps for
    /// the backward pass, half as much again added for what that pass needs for a moment. The last is an estimate: it depends on how attention is computed, and
    /// counts its weights as kept. With validation also its prompts, which are packed in both figures, and the weights twice more.
    /// </remarks>
    public required long PeakMemory { get; init; }
}
