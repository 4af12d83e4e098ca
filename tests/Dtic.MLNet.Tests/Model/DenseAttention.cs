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
    private readonly float[][] _inputs, _gradients;   // query, key, value
    private readonly float[] _direction, _result;
    private readonly int _asking, _length;

    /// <param name="prompts">Laid end to end they are the N tokens.</param>
    /// <param name="mask">[t, s]: whether t attends to s.</param>
    /// <param name="biasScales">One per token.</param>
    /// <param name="sumsOnly">Whether only [SUM] tokens ask.</param>
    /// <param name="shape">The heads.</param>
    /// <param name="seed">Of the projections.</param>
    public DenseAttention(PackedPrompt[] prompts, bool[,] mask, float[] biasScales, bool sumsOnly, AttentionShape shape, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        int[] tokens = [.. prompts.SelectMany(p => p.Tokens.ToArray())];
        int[] asking = [.. Enumerable.Range(0, tokens.Length).Where(t => !sumsOnly || tokens[t] == SpecialToken.Sum)];
        (_shape, _sumsOnly, _asking, _length) = (shape, sumsOnly, asking.Length, tokens.Length);
        Tensor[] x = [.. new[] { asking.Length, tokens.Length, tokens.Length }.Select(rows => randn([rows, shape.Heads, shape.HeadDimension], generator: generator))];
        var direction = randn([asking.Length, Width], generator: generator);
        _inputs = [.. x.Select(Values)];
        _direction = Values(direction);

        x = [.. x.Select(t => t.to(ScalarType.Float64).requires_grad_(true))];
        double[] positions = [.. prompts.SelectMany(Positions)];
        var result = Mix(x, mask, asking, [.. prompts.SelectMany(Interactions)], positions, biasScales);
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
        using var attention = create();
        var actual = _sumsOnly ? attention.Attend(x[0], cat([x[1], x[2]], 1)) : attention.Attend(cat(x, 1));
        (actual * tensor(_direction, [_asking, Width])).sum().backward();

        Closeness.AssertClose(_result, Values(actual), 1e-5, $"{message}: result");
        for (int i = 0; i < x.Length; i++)
        {
            Closeness.AssertClose(_gradients[i], Values(x[i].grad!), 1e-4, $"{message}: gradient of {(i == 0 ? "query" : i == 1 ? "key" : "value")}");
        }
    }

    /// <summary>Softmax over all N tokens.</summary>
    private Tensor Mix(Tensor[] x, bool[,] mask, int[] asking, double[] interactions, double[] positions, float[] biasScales)
    {
        var rows = tensor(Array.ConvertAll(asking, a => (long)a));
        var place = tensor(interactions);                                                    // -1 in a prefix
        var distance = place.index_select(0, rows).unsqueeze(1) - place.unsqueeze(0);        // (Q, N)
        var slopes = tensor(Array.ConvertAll(_shape.Slopes, s => (double)s), [_shape.Heads, 1, 1]);
        var bias = slopes * distance * tensor(Array.ConvertAll(asking, t => (double)biasScales[t]), [asking.Length, 1]);
        var plain = einsum("qhk,nhk->hqn", x[0], x[1]) * _shape.Scale;                        // (H, Q, N)
        var turned = _shape.Rotary is null
            ? plain
            : einsum("qhk,nhk->hqn", Rotate(x[0], [.. asking.Select(t => positions[t])]), Rotate(x[1], positions)) * _shape.Scale;
        var scores = where((place < 0).expand_as(plain), plain, turned - bias);
        var admitted = tensor(mask.Cast<bool>().ToArray(), [_length, _length]).index_select(0, rows);
        var weights = scores.masked_fill(admitted.logical_not(), double.NegativeInfinity).softmax(-1);
        return einsum("hqn,nhk->qhk", weights, x[2]).reshape(asking.Length, -1);
    }

    private Tensor Rotate(Tensor x, double[] positions)
    {
        int half = _shape.HeadDimension / 2;
        double[] angles = [.. positions.SelectMany(p => Enumerable.Range(0, half).Select(i => p * Math.Pow(10_000, -2.0 * i / _shape.HeadDimension)))];
        var angle = tensor(angles, [positions.Length, 1, half]);
        Tensor first = x.narrow(2, 0, half), second = x.narrow(2, half, half);
        return cat([(first * angle.cos()) - (second * angle.sin()), (second * angle.cos()) + (first * angle.sin())], 2);
    }

    /// <summary>For each token the interaction of its prompt; -1 in the prefix.</summary>
    private static IEnumerable<double> Interactions(PackedPrompt prompt) =>
        Enumerable.Range(0, prompt.Tokens.Length).Select(t => (double)prompt.InteractionStarts.ToArray().Count(start => start <= t) - 1);

    /// <summary>For each token the number of tokens before it that are not [SUM].</summary>
    private static IEnumerable<double> Positions(PackedPrompt prompt) =>
        Enumerable.Range(0, prompt.Tokens.Length).Select(t => (double)prompt.Tokens.ToArray()[..t].Count(token => token != SpecialToken.Sum));

    private static float[] Values(Tensor x) => x.to(ScalarType.Float32).contiguous().data<float>().ToArray();
}
