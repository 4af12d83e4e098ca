using Dtic.MLNet.Model;
using static TorchSharp.torch;

namespace Dtic.MLNet.Training;

/// <summary>
/// The rows of the embedding table that one step needs, side by side. They are worked on in parts, each by a worker of its own: brought up to the
/// step, read by the passes, updated and stored.
/// </summary>
/// <remarks>R rows, D hidden width.</remarks>
internal sealed class EmbeddingRows : IDisposable
{
    private readonly EmbeddingTable _table;
    private readonly long[] _ids;
    private readonly int _parts;
    private readonly Tensor _weight, _first, _second;   // (R, D)
    private readonly Tensor[] _leaves;

    /// <param name="table">The table.</param>
    /// <param name="ids">Token ids, each once.</param>
    /// <param name="parts">Parts, and replicas that read the rows.</param>
    public EmbeddingRows(EmbeddingTable table, long[] ids, int parts)
    {
        (_table, _ids, _parts) = (table, ids, parts);
        using var scope = NewDisposeScope();
        long[] shape = [ids.Length, table.Weight.shape[1]];
        _weight = empty(shape, dtype: table.Weight.dtype, device: table.Weight.device).DetachFromDisposeScope();
        _first = empty_like(_weight).DetachFromDisposeScope();
        _second = empty_like(_weight).DetachFromDisposeScope();
        _leaves = [.. Enumerable.Range(0, parts).Select(_ => _weight.detach().requires_grad_().DetachFromDisposeScope())];
    }

    /// <summary>float32 (R, D): what a replica reads and has its gradients of.</summary>
    public Tensor Of(int replica) => _leaves[replica];

    /// <summary>Token ids become the numbers of their rows.</summary>
    public void Number(Span<long> tokens)
    {
        foreach (ref long token in tokens) token = _table.RowOf(token);
    }

    /// <summary>Fetches a part's rows, as they are before the step.</summary>
    public void Fetch(int part)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        var (ids, index, weight, first, second) = Views(part);
        weight.copy_(_table.Weight.index_select(0, index));
        first.copy_(_table.First.index_select(0, index));
        second.copy_(_table.Second.index_select(0, index));
        _table.CatchUp(weight, first, second, _table.StepsOf(ids));
    }

    /// <summary>A replica's gradient of a part's rows, after a pass of that replica.</summary>
    public Tensor Gradient(int part, int replica)
    {
        var (begin, count) = Range(part);
        return _leaves[replica].grad!.narrow(0, begin, count);
    }

    /// <summary>Makes the step with a part's rows by the first replica's gradient, and stores them.</summary>
    public void Update(int part, double learningRate)
    {
        var (ids, index, weight, first, second) = Views(part);
        if (ids.Count == 0) return;
        var steps = HostTensor.Of((float[])[_table.Now + 1], weight.device);
        FusedAdamW.Step([weight], [Gradient(part, 0)], [first], [second], [steps], learningRate, _table.WeightDecay);
        _table.Weight.index_copy_(0, index, weight);
        _table.First.index_copy_(0, index, first);
        _table.Second.index_copy_(0, index, second);
        _table.Stepped(ids);
    }

    public void Dispose()
    {
        _table.Release(_ids);
        foreach (var tensor in (Tensor[])[.. _leaves, _weight, _first, _second]) tensor.Dispose();
    }

    private (int Begin, int Count) Range(int part)
    {
        int begin = (int)((long)_ids.Length * part / _parts), end = (int)((long)_ids.Length * (part + 1) / _parts);
        return (begin, end - begin);
    }

    private (ArraySegment<long> Ids, Tensor Index, Tensor Weight, Tensor First, Tensor Second) Views(int part)
    {
        var (begin, count) = Range(part);
        var ids = new ArraySegment<long>(_ids, begin, count);
        return (ids, HostTensor.Of(ids, _weight.device), _weight.narrow(0, begin, count), _first.narrow(0, begin, count), _second.narrow(0, begin, count));
    }
}
