using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class BandedAttentionTests
{
    private const int Heads = 2, HeadDimension = 4;

    [TestMethod]
    [DataRow(false, DisplayName = "every token asks")]
    [DataRow(true, DisplayName = "only [SUM] tokens ask")]
    public void Attend_SmallRandomLayouts_EqualsDenseAttention(bool sumsOnly)
    {
        for (int seed = 0; seed < 120; seed++)
        {
            var random = new RandomPrompts(seed);
            AssertEqualsDense(random.Batch(1 + (seed % 5)), random.ContextLength(), random.Attention(), sumsOnly, seed);
        }
    }

    [TestMethod]
    [DataRow(false, DisplayName = "every token asks")]
    [DataRow(true, DisplayName = "only [SUM] tokens ask")]
    public void Attend_LayoutsOfManyBlocks_EqualsDenseAttention(bool sumsOnly)
    {
        for (int seed = 0; seed < 8; seed++)
        {
            var random = new RandomPrompts(1000 + seed);
            var prompts = random.Batch(seed % 3 == 0 ? 40 : 3, longest: seed % 3 == 0 ? 6 : 80);
            AssertEqualsDense(prompts, seed % 4 == 3 ? 1000 : 3 + seed, (ContextAttention)(seed % 2), sumsOnly, seed);
        }
    }

    [TestMethod]
    public void ForAll_LongHistory_CostsTheWindowAndNotTheSquare()
    {
        string history = string.Concat(Enumerable.Repeat("| 5 6 S + ", 2000)) + "| 7 S";
        foreach (var attention in Enum.GetValues<ContextAttention>())
        {
            var stream = new PromptStream([PromptText.Parse(history)], contextLength: 10, attention);

            using var plan = AttentionPlan.ForAll(stream, CPU);

            long cells = plan.Blocks.Sum(b => (long)b.QueryCount * (b.KeyCount + b.PrefixCount));
            Assert.IsLessThan(stream.Length * 512L, cells, attention.ToString());
        }
    }

    private static void AssertEqualsDense(PackedPrompt[] prompts, int n, ContextAttention attention, bool sumsOnly, int seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)seed, CPU);
        var stream = new PromptStream(prompts, n, attention);
        using var plan = sumsOnly ? AttentionPlan.ForSums(stream, CPU) : AttentionPlan.ForAll(stream, CPU);
        int[] asking = sumsOnly ? stream.SumTokens : [.. Enumerable.Range(0, stream.Length)];
        bool prefix = stream.PrefixTokens.Length > 0;
        var names = new[] { "query", "key", "value", "prefix query", "prefix key", "prefix value" }.AsSpan(0, prefix ? 6 : 3).ToArray();
        Tensor[] inputs = [.. names.Select(name => randn([name is "prefix key" or "prefix value" ? stream.PrefixTokens.Length : stream.Length, Heads, HeadDimension], generator: generator))];
        var direction = randn([asking.Length, Heads * HeadDimension], generator: generator);

        Tensor[] fast = [.. inputs.Select(x => x.detach().clone().requires_grad_(true))];
        Tensor[] arguments = [.. fast];
        if (plan.Queries is not null)
        {
            arguments[0] = fast[0].index_select(0, plan.Queries);
            arguments[^3] = prefix ? fast[3].index_select(0, plan.Queries) : arguments[^3];
        }

        var actual = BandedAttention.Attend(
            arguments[0], fast[1], fast[2], prefix ? arguments[3] : null, prefix ? fast[4] : null, prefix ? fast[5] : null, plan);
        actual = plan.Order is null ? actual : actual.index_select(0, plan.Order);
        (actual * direction).sum().backward();

        Tensor[] slow = [.. inputs.Select(x => x.to(ScalarType.Float64).requires_grad_(true))];
        var expected = Dense(slow, MaskOracle.Of(prompts, n, attention), stream.PrefixTokens, asking, Interactions(prompts));
        (expected * direction.to(ScalarType.Float64)).sum().backward();

        AssertClose(expected, actual, 1e-5, $"seed {seed}: result");
        for (int i = 0; i < names.Length; i++)
        {
            AssertClose(slow[i].grad!, fast[i].grad!, 1e-4, $"seed {seed}: gradient of {names[i]}");
        }
    }

    /// <summary>Softmax over all N tokens; keys of the prefix meet the query of their own.</summary>
    private static Tensor Dense(Tensor[] x, bool[,] mask, int[] prefixTokens, int[] asking, double[] interactions)
    {
        long length = x[1].shape[0];
        var rows = tensor(Array.ConvertAll(asking, a => (long)a));
        var query = x[0].index_select(0, rows);
        var scores = einsum("qhk,nhk->hqn", query, x[1]);                                   // (H, Q, N)
        var place = tensor(interactions);
        var distance = place.index_select(0, rows).unsqueeze(1) - place.unsqueeze(0);       // (Q, N)
        scores = scores - (tensor(Array.ConvertAll(Enumerable.Range(0, Heads).ToArray(), h => 4 * Math.Pow(2, -8.0 * h / Heads)), [Heads, 1, 1]) * distance);
        var value = x[2];
        if (prefixTokens.Length > 0)
        {
            var columns = tensor(Array.ConvertAll(prefixTokens, p => (long)p));
            scores = scores.index_copy(2, columns, einsum("qhk,phk->hqp", x[3].index_select(0, rows), x[4]));
            value = value.index_copy(0, columns, x[5]);
        }

        var admitted = tensor(mask.Cast<bool>().ToArray(), [length, length]).index_select(0, rows);
        var weights = scores.masked_fill(admitted.logical_not(), double.NegativeInfinity).softmax(-1);
        return einsum("hqn,nhk->qhk", weights, value).reshape(asking.Length, -1);
    }

    /// <summary>For each token of the stream the interaction of its prompt; keys of the prefix are scored anew, so that theirs does not matter.</summary>
    private static double[] Interactions(PackedPrompt[] prompts) =>
        [.. prompts.SelectMany(p => Enumerable.Range(0, p.Tokens.Length).Select(t => (double)p.InteractionStarts.ToArray().Count(start => start <= t)))];

    private static void AssertClose(Tensor expected, Tensor actual, double tolerance, string message)
    {
        CollectionAssert.AreEqual(expected.shape, actual.shape, message);
        Closeness.AssertClose(expected.to(ScalarType.Float32).contiguous().data<float>().ToArray(), actual.contiguous().data<float>().ToArray(), tolerance, message);
    }
}
