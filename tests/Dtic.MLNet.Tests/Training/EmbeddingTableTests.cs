using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class EmbeddingTableTests
{
    private const int Vocabulary = 12, Width = 3, Steps = 700;

    [TestMethod]
    [DataRow(0.0, 1)]
    [DataRow(0.1, 3)]
    [DataRow(20.0, 2, DisplayName = "the first step takes all of a weight")]
    [DataRow(30.0, 2, DisplayName = "the first steps take more than all of a weight")]
    public void Rows_HoweverSeldomUsed_AreWhatAdamWMakesOfThemInEveryStep(double weightDecay, int parts)
    {
        var random = new Random(parts);
        float[] initial = Draw(random, Vocabulary * Width);
        using var weight = new Parameter(tensor(initial, [Vocabulary, Width]));
        using var table = new EmbeddingTable(weight, weightDecay, Rate, parts);
        var naive = new NaiveAdamW(initial, weightDecay);
        for (int step = 0; step < Steps; step++)
        {
            int[] tokens = Tokens(random, step);
            float[] gradients = Draw(random, tokens.Length * Width);

            Step(table, step, parts, tokens, gradients, rows => Closeness.AssertClose(Select(naive.Weights, tokens), rows, 1e-5, $"step {step}, as the passes read them"));

            var all = new float[Vocabulary * Width];
            for (int i = 0; i < tokens.Length; i++) gradients.AsSpan(i * Width, Width).CopyTo(all.AsSpan(tokens[i] * Width));
            naive.Step(all, Rate(step));
            if (random.Next(150) > 0 && step < Steps - 1) continue;
            table.CatchUp(step + 1);
            Closeness.AssertClose(naive.Weights, weight.data<float>().ToArray(), 1e-5, $"all after step {step}");
        }
    }

    [TestMethod]
    [DataRow(1e-3f)]
    [DataRow(1e-6f)]
    public void CatchUp_GradientNextToEpsilon_MovesAsAdamWDoes(float gradient)
    {
        using var weight = new Parameter(zeros(1, Width));
        using var table = new EmbeddingTable(weight, 0, Rate, 1);
        var naive = new NaiveAdamW([0], 0);
        Step(table, 0, 1, [0], [gradient, gradient, gradient]);
        for (int step = 0; step < 100; step++) naive.Step([step == 0 ? gradient : 0], Rate(step));

        table.CatchUp(100);

        Assert.AreEqual(1, weight.data<float>()[0] / naive.Weights[0], 1e-3);
    }

    [TestMethod]
    public void CatchUp_RowsMarkedWithMoreStepsThanWereMade_StayAsTheyAre()
    {
        // float32 rounds a step beyond 2^24 up to one that is still to come.
        using var weight = new Parameter(ones(Vocabulary, Width));
        using var table = new EmbeddingTable(weight, 0.1, Rate, 1);
        using Scalar marked = 4;
        table.Steps.fill_(marked);

        table.CatchUp(3);

        Assert.IsTrue(Array.TrueForAll(weight.data<float>().ToArray(), w => w == 1));
    }

    [TestMethod]
    public void CatchUp_RowsThatAreUpToDate_StayTheSameBits()
    {
        using var weight = new Parameter(tensor(Draw(new Random(1), Vocabulary * Width), [Vocabulary, Width]));
        using var table = new EmbeddingTable(weight, 0.1, Rate, 1);
        Step(table, 0, 1, [1, 5], Draw(new Random(2), 2 * Width));
        table.CatchUp(1);
        float[] before = weight.data<float>().ToArray();

        table.CatchUp(1);

        CollectionAssert.AreEqual(before, weight.data<float>().ToArray());
    }

    [TestMethod]
    public void Take_TokensThatRepeat_GivesEachItsOwnRowInOrderOfAppearance()
    {
        using var scope = NewDisposeScope();
        using var weight = new Parameter(arange(Vocabulary, dtype: ScalarType.Float32).unsqueeze(1));
        using var table = new EmbeddingTable(weight, 0, Rate, 2);
        for (int round = 0; round < 2; round++)   // the second finds no traces of the first
        {
            using var rows = table.Take([new int[] { 7, 3, 7 }, new int[] { 3, 9 }], 0);
            for (int part = 0; part < 2; part++) rows.Fetch(part);
            long[] tokens = [9, 7, 3, 7];

            rows.Number(tokens);

            CollectionAssert.AreEqual((long[])[2, 0, 1, 0], tokens);
            CollectionAssert.AreEqual((float[])[7, 3, 9], rows.Of(1).data<float>().ToArray());
        }
    }

    private static double Rate(int step) => 0.05 / (1 + (step / 100.0));

    /// <summary>Often the same few, seldom others: 10 never, 11 twice with far more steps between than a first moment lasts.</summary>
    private static int[] Tokens(Random random, int step) =>
        step is 5 or 600 ? [11, 0] : [.. Enumerable.Range(0, 10).Where(token => random.NextDouble() < Math.Pow(0.6, token)).DefaultIfEmpty(0)];

    private static void Step(EmbeddingTable table, int step, int parts, int[] tokens, float[] gradients, Action<float[]>? look = null)
    {
        using var scope = NewDisposeScope();
        using var rows = table.Take([tokens], step);
        for (int part = 0; part < parts; part++) rows.Fetch(part);
        look?.Invoke(rows.Of(0).data<float>().ToArray());
        (rows.Of(0) * tensor(gradients, [tokens.Length, Width])).sum().backward();
        using var untracked = no_grad();
        for (int part = 0; part < parts; part++) rows.Update(part, Rate(step));
    }

    private static float[] Select(float[] all, int[] tokens) => [.. tokens.SelectMany(token => all.Skip(token * Width).Take(Width))];

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
}
