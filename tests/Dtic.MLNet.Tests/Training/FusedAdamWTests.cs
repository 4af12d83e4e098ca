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

    private static float[] Draw(Random random, int count) => [.. Enumerable.Range(0, count).Select(_ => (float)(random.NextDouble() - 0.5))];

    /// <summary>Loshchilov and Hutter 2019, algorithm 2, with the decay multiplied by the learning rate.</summary>
    private sealed class NaiveAdamW(float[] weights, double decay)
    {
        private readonly double[] _weights = Array.ConvertAll(weights, w => (double)w);
        private readonly double[] _first = new double[weights.Length], _second = new double[weights.Length];
        private int _step;

        public float[] Weights => Array.ConvertAll(_weights, w => (float)w);

        public void Step(float[] gradients, double rate)
        {
            _step++;
            for (int i = 0; i < _weights.Length; i++)
            {
                _weights[i] -= rate * decay * _weights[i];
                _first[i] = (0.9 * _first[i]) + (0.1 * gradients[i]);
                _second[i] = (0.999 * _second[i]) + (0.001 * gradients[i] * gradients[i]);
                _weights[i] -= rate * (_first[i] / (1 - Math.Pow(0.9, _step))) / (Math.Sqrt(_second[i] / (1 - Math.Pow(0.999, _step))) + 1e-8);
            }
        }
    }
}
