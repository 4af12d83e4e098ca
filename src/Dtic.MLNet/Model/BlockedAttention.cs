using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>The portable back end: torch's matrix products over the blocks of an <see cref="AttentionPlan"/>. Any device, any head width.</summary>
internal sealed class BlockedAttention : StreamAttention
{
    private readonly AttentionShape _shape;
    private readonly AttentionPlan _plan;
    private readonly Rotation? _keyRotation, _queryRotation;
    private readonly Tensor? _prefix;

    public BlockedAttention(PromptStream stream, AttentionShape shape, bool sumsOnly, Device device)
    {
        using var scope = NewDisposeScope();
        _shape = shape;
        _plan = sumsOnly ? AttentionPlan.ForSums(stream, device) : AttentionPlan.ForAll(stream, device);
        if (stream.PrefixTokens.Length > 0)
            _prefix = HostTensor.Of(stream.PrefixTokens, device).DetachFromDisposeScope();
        if (shape.Rotary is not { } rotary) return;
        _keyRotation = Keep(rotary.At(stream.Positions, device));
        _queryRotation = _plan.Queries is null ? _keyRotation : Keep(_keyRotation.Value.Select(_plan.Queries));
    }

    public override Tensor Attend(Tensor queryKeyValue, Tensor? initialKeyValue)
    {
        var parts = queryKeyValue.chunk(3, 1);
        var query = _plan.Queries is null ? parts[0] : parts[0].index_select(0, _plan.Queries);
        var mixed = Attend(query, parts[1..], initialKeyValue);
        return _plan.Order is null ? mixed : mixed.index_select(0, _plan.Order);   // back to stream order
    }

    public override Tensor Attend(Tensor query, Tensor keyValue, Tensor? initialKeyValue) => Attend(query, keyValue.chunk(2, 1), initialKeyValue);

    public override void Dispose()
    {
        _plan.Dispose();
        _prefix?.Dispose();
        foreach (var rotation in new[] { _keyRotation, _queryRotation })
        {
            rotation?.Cosines.Dispose();
            rotation?.Sines.Dispose();
        }
    }

    private Tensor Attend(Tensor query, Tensor[] keyValue, Tensor? initialKeyValue)
    {
        using Scalar scale = _shape.Scale;
        var q = Heads(query) * scale;                                            // (Q, H, K)
        Tensor k = Heads(keyValue[0]), v = Heads(keyValue[1]);                   // (N, H, K)
        // A plan that resets asks for both states; in the first layer they are one.
        Tensor[] states = _plan.Resets ? [Turn(k), v, .. InitialStates(initialKeyValue) ?? [Turn(k), v]] : [Turn(k), v];
        Tensor[] prefix = _prefix is null ? [] : [q, k.index_select(0, _prefix), v.index_select(0, _prefix)];
        return BandedAttention.Attend(_plan, _shape.Slopes, _queryRotation?.Apply(q) ?? q, states, prefix);
    }

    private Tensor[]? InitialStates(Tensor? keyValue)
    {
        if (keyValue is null) return null;
        var parts = keyValue.chunk(2, 1);
        return [Turn(Heads(parts[0])), Heads(parts[1])];
    }

    private Tensor Turn(Tensor key) => _keyRotation?.Apply(key) ?? key;

    private Tensor Heads(Tensor x) => x.reshape(x.shape[0], _shape.Heads, _shape.HeadDimension);

    private static Rotation Keep(Rotation rotation) => new(rotation.Cosines.DetachFromDisposeScope(), rotation.Sines.DetachFromDisposeScope());
}
