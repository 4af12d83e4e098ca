using System.Diagnostics;
using Dtic.Benchmarks.Measures;
using static TorchSharp.torch;

namespace Dtic.Benchmarks;

/// <summary>
/// The products of one pass's linear layers and nothing else, by torch: forward, then backward through the gradients of the input and of the weight.
/// Every layer has inputs and outputs of its own, as in training, where they wait for the way back: what a product reads comes from memory, not from the
/// cache that the product before left.
/// </summary>
internal sealed class LinearLayers : IDisposable
{
    private readonly List<Layer> _layers = [];
    private readonly Dictionary<(long, long), Tensor> _gradients = [];   // by shape: they are soon read, and their memory is soon used again

    /// <param name="shape">The network.</param>
    /// <param name="tokens">N of the pass.</param>
    /// <param name="targets">T of the pass.</param>
    public LinearLayers(NetworkShape shape, int tokens, int targets)
    {
        int d = shape.Width, f = shape.FeedForward;
        for (int layer = 1; layer <= shape.Layers; layer++)
        {
            bool isLast = layer == shape.Layers;   // where only the targets go on
            int rows = isLast ? targets : tokens;
            Add(tokens, d, isLast ? 2 * d : 3 * d);
            if (isLast) Add(targets, d, d);
            Add(rows, d, d);
            Add(rows, d, 2 * f);
            Add(rows, f, d);
        }
    }

    /// <returns>Seconds, on one thread.</returns>
    public double Run()
    {
        set_num_threads(1);
        var clock = Stopwatch.StartNew();
        foreach (var layer in _layers)
        {
            using var transposed = layer.Weight.t();
            layer.Output.addmm_(layer.Input, transposed, 0, 1);
        }
        foreach (var layer in Enumerable.Reverse(_layers))
        {
            var above = _gradients[(layer.Output.shape[0], layer.Output.shape[1])];
            using var transposed = above.t();
            _gradients[(layer.Input.shape[0], layer.Input.shape[1])].addmm_(above, layer.Weight, 0, 1);
            layer.WeightGradient.addmm_(transposed, layer.Input, 0, 1);
        }
        return clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
            foreach (var tensor in (Tensor[])[layer.Input, layer.Weight, layer.Output, layer.WeightGradient]) tensor.Dispose();
        foreach (var tensor in _gradients.Values) tensor.Dispose();
    }

    private void Add(int rows, int from, int to)
    {
        _layers.Add(new Layer(ones(rows, from), ones(to, from), zeros(rows, to), zeros(to, from)));
        foreach (int width in (int[])[from, to])
            if (!_gradients.ContainsKey((rows, width))) _gradients.Add((rows, width), ones(rows, width));
    }

    private sealed record Layer(Tensor Input, Tensor Weight, Tensor Output, Tensor WeightGradient);
}
