using System.Runtime.InteropServices;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>One pass's attention as the kernels see it: the plan, the heads, and where each token's angles stand.</summary>
internal sealed unsafe class AttentionTask(TilePlan plan, PromptStream stream, AttentionShape shape)
{
    /// <summary>Scores are kept in bits, as logarithms of base 2: e^x would only be 2^(x log2 e) again.</summary>
    public const float BitsPerNat = 1.44269504f;

    private readonly RotaryAngles? _angles = shape.Rotary?.Angles(stream.Length == 0 ? 0 : stream.Positions.Max() + 1);

    public TilePlan Plan { get; } = plan;

    public PromptStream Stream { get; } = stream;

    public AttentionShape Shape { get; } = shape;

    public float Scale { get; } = (float)shape.Scale;

    /// <summary>The cosines of a token's position; null where nothing rotates. Valid while the task is held.</summary>
    public float* Cosines(int token) => _angles is null ? null : Row(_angles.Cosines, token);

    /// <summary>The sines of a token's position; null where nothing rotates. Valid while the task is held.</summary>
    public float* Sines(int token) => _angles is null ? null : Row(_angles.Sines, token);

    private float* Row(float[] pinned, int token) =>
        (float*)Marshal.UnsafeAddrOfPinnedArrayElement(pinned, 0) + ((long)Stream.Positions[token] * (Shape.HeadDimension / 2));
}
