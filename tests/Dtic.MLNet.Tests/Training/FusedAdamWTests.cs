using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Training;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Dtic.MLNet.Tests.Training;

[TestClass]
public sealed class FusedAdamWTests
{
    [TestMethod]
    [DataRow(0.0)]
    [DataRow(0.1)]
    public void Step_TwentySteps_FollowsThePublishedFormula(double weightDecay)
    {
        using var scope = NewDisposeScope();
        var random = new Random(1);
        float[] matrix = Draw(random, 6), norm = Draw(random, 4);
        using var first = new Parameter(tensor(matrix, [2, 3]));
        using var second = new Parameter(tensor(norm));
        using var optimizer = new FusedAdamW([first, second], weightDecay);
        var decayed = new NaiveAdamW(matrix, weightDecay);
        var free = new NaiveAdamW(norm, 0);
        for (int step = 1; step <= 20; step++)
        {
            float[] gradients = Draw(random, 6), normGradients = step % 3 == 0 ? new float[4] : Draw(random, 4);
            double rate = 0.05 / step;
            first.grad = tensor(gradients, [2, 3]);
            second.grad = tensor(normGradients);

            optimizer.Step(rate);

            decayed.Step(gradients, rate);
            free.Step(normGradients, rate);
            Closeness.AssertClose(decayed.Weights, first.data<float>().ToArray(), 1e-5, $"matrix, step {step}");
            Closeness.AssertClose(free.Weights, second.data<float>().ToArray(), 1e-5, $"norm, step {step}");
        }
    }

    [TestMethod]
    public void Moments_WeightsOfEqualValues_AreEachItsOwn()
    {
        using var scope = NewDisposeScope();
        Parameter first = new(ones(3)), second = new(ones(3)), foreign = new(ones(3));
        using var optimizer = new FusedAdamW([first, second], 0);
        (first.grad, second.grad) = (tensor((float[])[1, 1, 1]), tensor((float[])[2, 2, 2]));

        optimizer.Step(0.1);

        Closeness.AssertClose([0.1f, 0.1f, 0.1f], optimizer.Moments(first)!.Value.First.data<float>().ToArray(), 1e-6, "first");
        Closeness.AssertClose([0.2f, 0.2f, 0.2f], optimizer.Moments(second)!.Value.First.data<float>().ToArray(), 1e-6, "second");
        Assert.IsNull(optimizer.Moments(foreign));
    }

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];
}
