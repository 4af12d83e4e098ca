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
            _prefix = tensor(Array.ConvertAll(stream.PrefixTokens, t => (long)t), device: device).DetachFromDisposeScope();
        if (shape.Rotary is not { } rotary) return;
        _keyRotation = Keep(rotary.At(stream.Positions, device));
        _queryRotation = _plan.Queries is null ? _keyRotation : Keep(_keyRotation.Value.Select(_plan.Queries));
    }

    public override Tensor Attend(Tensor queryKeyValue)
    {
        var parts = queryKeyValue.chunk(3, 1);
        var query = _plan.Queries is null ? parts[0] : parts[0].index_select(0, _plan.Queries);
        var mixed = Attend(query, parts[1], parts[2]);
        return _plan.Order is null ? mixed : mixed.index_select(0, _plan.Order);   // back to stream order
    }

    public override Tensor Attend(Tensor query, Tensor keyValue)
    {
        var parts = keyValue.chunk(2, 1);
        return Attend(query, parts[0], parts[1]);
    }

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

    private Tensor Attend(Tensor query, Tensor key, Tensor value)
    {
        using Scalar scale = _shape.Scale;
        var q = Heads(query) * scale;                                            // (Q, H, K)
        var k = Heads(key);                                                      // (N, H, K)
        var v = Heads(value);                                                    // (N, H, K)
        var rotatedQuery = _queryRotation?.Apply(q) ?? q;
        var rotatedKey = _keyRotation?.Apply(k) ?? k;
        return _prefix is null
            ? BandedAttention.Attend(rotatedQuery, rotatedKey, v, null, null, null, _plan, _shape.Slopes)
            : BandedAttention.Attend(rotatedQuery, rotatedKey, v, q, k.index_select(0, _prefix), v.index_select(0, _prefix), _plan, _shape.Slopes);
    }

    private Tensor Heads(Tensor x) => x.reshape(x.shape[0], _shape.Heads, _shape.HeadDimension);

    private static Rotation Keep(Rotation rotation) => new(rotation.Cosines.DetachFromDisposeScope(), rotation.Sines.DetachFromDisposeScope());
}
