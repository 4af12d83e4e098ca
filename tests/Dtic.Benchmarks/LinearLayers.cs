using System.Diagnostics;
using Dtic.Benchmarks.Measures;
using static TorchSharp.torch;

namespace Dtic.Benchmarks;

/// <summary>The products of one pass's linear layers and nothing else: forward, gradient of the input, gradient of the weight.</summary>
internal sealed class LinearLayers : IDisposable
{
    private readonly (Tensor Input, Tensor Weight, Tensor Gradient, int Times)[] _products;

    /// <param name="shape">The network.</param>
    /// <param name="tokens">N of the pass.</param>
    /// <param name="targets">T of the pass.</param>
    public LinearLayers(NetworkShape shape, int tokens, int targets)
    {
        int d = shape.Width, f = shape.FeedForward, full = shape.Layers - 1;
        _products =
        [
            Product(tokens, d, d, (4 * full) + 2),   // query, key, value, output; of the last layer key and value
            Product(tokens, d, f, 2 * full),
            Product(tokens, f, d, full),
            Product(targets, d, d, 2),               // query and output of the last layer
            Product(targets, d, f, 2),
            Product(targets, f, d, 1),
        ];
    }

    /// <returns>Seconds, on one thread.</returns>
    public double Run()
    {
        set_num_threads(1);
        var clock = Stopwatch.StartNew();
        foreach (var (input, weight, gradient, times) in _products)
        {
            using var transposed = weight.t();
            using var gradientTransposed = gradient.t();
            for (int i = 0; i < times; i++)
            {
                using var output = input.mm(transposed);
                using var inputGradient = gradient.mm(weight);
                using var weightGradient = gradientTransposed.mm(input);
            }
        }
        return clock.Elapsed.TotalSeconds;
    }

    public void Dispose()
    {
        foreach (var (input, weight, gradient, _) in _products)
        {
            input.Dispose();
            weight.Dispose();
            gradient.Dispose();
        }
    }

    private static (Tensor, Tensor, Tensor, int) Product(int rows, int from, int to, int times) => (ones(rows, from), ones(to, from), ones(rows, to), times);
}
