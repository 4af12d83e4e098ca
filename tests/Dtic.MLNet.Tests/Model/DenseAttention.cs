using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

/// <summary>
/// Attention the slow way: every pair of tokens has a score, in double precision, with torch's own derivatives. Random projections, and their
/// expected results and gradients, for one layout.
/// </summary>
internal sealed class DenseAttention
{
    private readonly AttentionShape _shape;
    private readonly bool _sumsOnly;
    private readonly float[][] _inputs, _gradients;   // query, key, value, and where states are reset key and value of the initial state
    private readonly float[] _direction, _result;
    private readonly int _asking, _length;

    /// <param name="prompts">Laid end to end they are the N tokens.</param>
    /// <param name="mask">[t, s]: whether t attends to s.</param>
    /// <param name="stream">The same tokens, asked only for what the caller chose: bias scales, places, and whether states are reset.</param>
    /// <param name="contextLength">n.</param>
    /// <param name="sumsOnly">Whether only [SUM] tokens ask.</param>
    /// <param name="shape">The heads.</param>
    /// <param name="seed">Of the projections.</param>
    public DenseAttention(PackedPrompt[] prompts, bool[,] mask, PromptStream stream, int contextLength, bool sumsOnly, AttentionShape shape, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        int[] tokens = [.. prompts.SelectMany(p => p.Tokens.ToArray())];
        int[] asking = [.. Enumerable.Range(0, tokens.Length).Where(t => !sumsOnly || tokens[t] == SpecialToken.Sum)];
        (_shape, _sumsOnly, _asking, _length) = (shape, sumsOnly, asking.Length, tokens.Length);
        bool reset = stream.Attention == ContextAttention.WindowedReset;
        int[] lengths = [asking.Length, .. Enumerable.Repeat(tokens.Length, reset ? 4 : 2)];
        Tensor[] x = [.. lengths.Select(rows => randn([rows, shape.Heads, shape.HeadDimension], generator: generator))];
        var direction = randn([asking.Length, Width], generator: generator);
        _inputs = [.. x.Select(Values)];
        _direction = Values(direction);

        x = [.. x.Select(t => t.to(ScalarType.Float64).requires_grad_(true))];
        double[] positions = [.. prompts.SelectMany(Positions)];
        var result = Mix(x, mask, asking, [.. prompts.SelectMany(Interactions)], positions, stream, contextLength);
        (result * direction.to(ScalarType.Float64)).sum().backward();
        _result = Values(result);
        _gradients = [.. x.Select(t => Values(t.grad!))];
    }

    private int Width => _shape.Heads * _shape.HeadDimension;

    /// <summary>Asserts the result to 1e-5 and the gradients to 1e-4.</summary>
    public void AssertEquals(Func<StreamAttention> create, string message)
    {
        using var scope = NewDisposeScope();
        Tensor[] x = [.. _inputs.Select((values, i) => tensor(values, [i == 0 ? _asking : _length, Width]).requires_grad_(true))];
        var attention = create();
        var initial = x.Length > 3 ? cat(x[3..], 1) : null;
        var actual = _sumsOnly ? attention.Attend(x[0], cat(x[1..3], 1), initial) : attention.Attend(cat(x[..3], 1), initial);
        attention.Dispose();   // as the network does, which is done with a pass's attention before the backward pass
        (actual * tensor(_direction, [_asking, Width])).sum().backward();

        Closeness.AssertClose(_result, Values(actual), 1e-5, $"{message}: result");
        for (int i = 0; i < x.Length; i++)
        {
            Closeness.AssertClose(_gradients[i], Values(x[i].grad!), 1e-4, $"{message}: gradient of {new[] { "query", "key", "value", "initial key", "initial value" }[i]}");
        }
    }

    /// <summary>Softmax over all N tokens.</summary>
    private Tensor Mix(Tensor[] x, bool[,] mask, int[] asking, double[] interactions, double[] positions, PromptStream stream, int contextLength)
    {
        var rows = tensor(Array.ConvertAll(asking, a => (long)a));
        // Constants are tensors, which the scope holds, and sums have HeldScalar: a Scalar made in passing, as a + b makes one, may be collected while torch reads it.
        Tensor zero = tensor(0.0), one = tensor(1.0), scale = tensor((double)_shape.Scale);
        var inPrefix = tensor(interactions).lt(zero);                                         // (N)
        var bias = Distance(Array.ConvertAll(stream.Places, p => (double)p), rows)
            * tensor(Array.ConvertAll(_shape.Slopes, s => (double)s), [_shape.Heads, 1, 1])
            * tensor(Array.ConvertAll(asking, t => (double)stream.BiasScales[t]), [asking.Length, 1]);
        var share = x.Length == 3 || contextLength == 0 ? zeros(1, 1, dtype: ScalarType.Float64) : where(inPrefix, zero, Distance(interactions, rows) / tensor((double)contextLength));   // (Q, N)
        var scores = Scores(x[1]) * (one - share);                                              // (H, Q, N)
        if (x.Length > 3) scores = scores.add(Scores(x[3]) * share, HeldScalar.One);
        var admitted = tensor(mask.Cast<bool>().ToArray(), [_length, _length]).index_select(0, rows);
        var weights = where(admitted, scores, tensor(double.NegativeInfinity)).softmax(-1);
        var mixed = einsum("hqn,nhk->qhk", weights * (one - share), x[2]);
        if (x.Length > 3) mixed = mixed.add(einsum("hqn,nhk->qhk", weights * share, x[4]), HeldScalar.One);
        return mixed.reshape(asking.Length, -1);

        Tensor Scores(Tensor key)
        {
            var plain = einsum("qhk,nhk->hqn", x[0], key) * scale;
            var turned = _shape.Rotary is null
                ? plain
                : einsum("qhk,nhk->hqn", Rotate(x[0], [.. asking.Select(t => positions[t])]), Rotate(key, positions)) * scale;
            return where(inPrefix.expand_as(plain), plain, turned - bias);
        }
    }

    private static Tensor Distance(double[] places, Tensor rows)
    {
        var place = tensor(places);
        return place.index_select(0, rows).unsqueeze(1) - place.unsqueeze(0);
    }

    private Tensor Rotate(Tensor x, double[] positions)
    {
        int half = _shape.HeadDimension / 2;
        double[] angles = [.. positions.SelectMany(p => Enumerable.Range(0, half).Select(i => p * Math.Pow(10_000, -2.0 * i / _shape.HeadDimension)))];
        var angle = tensor(angles, [positions.Length, 1, half]);
        Tensor first = x.narrow(2, 0, half), second = x.narrow(2, half, half);
        return cat([(first * angle.cos()) - (second * angle.sin()), (second * angle.cos()).add(first * angle.sin(), HeldScalar.One)], 2);
    }

    /// <summary>For each token the interaction of its prompt; -1 in the prefix.</summary>
    private static IEnumerable<double> Interactions(PackedPrompt prompt) =>
        Enumerable.Range(0, prompt.Tokens.Length).Select(t => (double)prompt.InteractionStarts.ToArray().Count(start => start <= t) - 1);

    /// <summary>For each token the number of tokens before it that are not [SUM].</summary>
    private static IEnumerable<double> Positions(PackedPrompt prompt) =>
        Enumerable.Range(0, prompt.Tokens.Length).Select(t => (double)prompt.Tokens.ToArray()[..t].Count(token => token != SpecialToken.Sum));

    private static float[] Values(Tensor x) => x.to(ScalarType.Float32).contiguous().data<float>().ToArray();
}
