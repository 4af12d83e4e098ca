namespace Dtic.MLNet.Tests.Training;

/// <summary>Loshchilov and Hutter 2019, algorithm 2, with the decay multiplied by the learning rate.</summary>
internal sealed class NaiveAdamW(float[] weights, double decay)
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
