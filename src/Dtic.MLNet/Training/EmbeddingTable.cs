using System.Runtime.InteropServices;
using Dtic.MLNet.Model;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dtic.MLNet.Training;

/// <summary>
/// The embedding table in training. A step works on the rows of its own tokens alone, so that its time and its gradients do not grow with the
/// vocabulary; every row is all the same what AdamW makes of it.
/// </summary>
/// <remarks>
/// AdamW moves every row in every step, also those whose tokens are not there and have no gradient. What it does to them is known beforehand
/// (<see cref="IdleSteps"/>), and is made up for when a row is needed: as one of a step, or with all others for the model as a whole
/// (<see cref="CatchUp(int)"/>). V token ids, D hidden width.
/// </remarks>
internal sealed class EmbeddingTable : IDisposable
{
    private const int RowsAtOnce = 1 << 14;

    private readonly IdleSteps _idle;
    private readonly int[] _rowOf;    // (V): where a token stands among the rows in use, from 1; 0 = not there
    private readonly int _parts;

    /// <param name="weight">(V, D).</param>
    /// <param name="weightDecay">Of AdamW.</param>
    /// <param name="rate">The learning rate of each step, from 0.</param>
    /// <param name="parts">Parts that a step's rows are worked on in, one for each worker.</param>
    public EmbeddingTable(Parameter weight, double weightDecay, Func<int, double> rate, int parts)
    {
        Weight = weight;
        WeightDecay = weightDecay;
        First = zeros(weight.shape, dtype: weight.dtype, device: weight.device).DetachFromDisposeScope();
        Second = zeros(weight.shape, dtype: weight.dtype, device: weight.device).DetachFromDisposeScope();
        Steps = zeros(weight.shape[0], dtype: ScalarType.Float32, device: CPU).DetachFromDisposeScope();
        _idle = new IdleSteps(rate, weightDecay);
        _rowOf = new int[weight.shape[0]];
        _parts = parts;
    }

    /// <summary>(V, D): rows as of <see cref="Steps"/>.</summary>
    public Tensor Weight { get; }

    /// <summary>(V, D): AdamW's first moments, as of <see cref="Steps"/>.</summary>
    public Tensor First { get; }

    /// <summary>(V, D): AdamW's second moments, as of <see cref="Steps"/>.</summary>
    public Tensor Second { get; }

    /// <summary>(V) in main memory: the steps that each row has had; float32 as all that is kept in a checkpoint, exact to 2^24.</summary>
    public Tensor Steps { get; }

    public double WeightDecay { get; }

    /// <summary>The steps that the rows in use are brought up to.</summary>
    public int Now { get; private set; }

    /// <summary>The rows of these tokens, each once, in the order of their first appearance, to be brought up to a step and changed by it. One set of rows is in use at a time.</summary>
    /// <param name="tokens">Token ids.</param>
    /// <param name="step">Steps that the model has had.</param>
    public EmbeddingRows Take(IEnumerable<ReadOnlyMemory<int>> tokens, int step)
    {
        Reach(step);
        var ids = new List<long>();
        foreach (var part in tokens)
        {
            foreach (int token in part.Span)
            {
                if (_rowOf[token] > 0) continue;
                ids.Add(token);
                _rowOf[token] = ids.Count;
            }
        }
        return new EmbeddingRows(this, [.. ids], _parts);
    }

    /// <summary>The row among those in use of a token.</summary>
    public int RowOf(long token) => _rowOf[token] - 1;

    /// <summary>The rows are no longer in use.</summary>
    public void Release(ReadOnlySpan<long> ids)
    {
        foreach (long id in ids) _rowOf[id] = 0;
    }

    /// <summary>Brings all rows up to a step.</summary>
    /// <param name="step">Steps that the model has had.</param>
    public void CatchUp(int step)
    {
        using var untracked = no_grad();
        Reach(step);
        for (long begin = 0; begin < Weight.shape[0]; begin += RowsAtOnce)
        {
            using var scope = NewDisposeScope();
            long count = Math.Min(RowsAtOnce, Weight.shape[0] - begin);
            var steps = StepSpan.Slice((int)begin, (int)count);
            CatchUp(Weight.narrow(0, begin, count), First.narrow(0, begin, count), Second.narrow(0, begin, count), steps.ToArray());
            steps.Fill(step);
        }
    }

    /// <summary>The steps that these rows have had.</summary>
    public float[] StepsOf(ReadOnlySpan<long> ids)
    {
        var steps = new float[ids.Length];
        for (int i = 0; i < ids.Length; i++) steps[i] = StepSpan[(int)ids[i]];
        return steps;
    }

    /// <summary>These rows have had one step more than the model.</summary>
    public void Stepped(ReadOnlySpan<long> ids)
    {
        foreach (long id in ids) StepSpan[(int)id] = Now + 1;
    }

    /// <summary>Brings rows up to the present step, in place.</summary>
    /// <param name="weight">(R, D).</param>
    /// <param name="first">(R, D).</param>
    /// <param name="second">(R, D).</param>
    /// <param name="steps">(R): that they have had.</param>
    public void CatchUp(Tensor weight, Tensor first, Tensor second, float[] steps)
    {
        if (Array.TrueForAll(steps, s => s == Now)) return;
        var known = new Dictionary<float, IdleFactors>();
        var factors = Array.ConvertAll(steps, s =>
        {
            ref var f = ref CollectionsMarshal.GetValueRefOrAddDefault(known, s, out bool exists);
            if (!exists) f = _idle.Between(Math.Clamp((int)s, 0, Now), Now);   // beyond 2^24 a step may be rounded up
            return f;
        });
        using var scope = NewDisposeScope();
        var pull = first.div(second.sqrt().add_(Column(f => f.Epsilon), HeldScalar.One)).mul_(Column(f => -f.Pull));
        weight.mul_(Column(f => f.Weight)).add_(pull, HeldScalar.One);
        first.mul_(Column(f => f.First));
        second.mul_(Column(f => f.Second));

        Tensor Column(Converter<IdleFactors, float> of) => HostTensor.Of(Array.ConvertAll(factors, of), [factors.Length, 1], Weight.device);
    }

    public void Dispose()
    {
        First.Dispose();
        Second.Dispose();
        Steps.Dispose();
    }

    private void Reach(int step)
    {
        _idle.Reach(step);
        Now = step;
    }

    private Span<float> StepSpan => MemoryMarshal.Cast<byte, float>(Steps.bytes);
}
