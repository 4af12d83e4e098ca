using System.Runtime.InteropServices;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// The tokens' embeddings with <see cref="ItemPooling"/>, for float32 in main memory. Torch adds rows by index one call a row, which took longer
/// than a small network's layers.
/// </summary>
internal sealed class EmbeddingFunction : autograd.SingleTensorFunction<EmbeddingFunction>
{
    public override string Name => nameof(EmbeddingFunction);

    /// <summary>Weight (V, D), stream, whether items are pooled; gives (N, D).</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var weight = (Tensor)vars[0];
        var stream = (PromptStream)vars[1];
        bool pools = (bool)vars[2];
        int width = (int)weight.shape[1];
        using var scope = NewDisposeScope();
        var rows = new Rows(weight.contiguous(), width);
        var result = empty(stream.Length, width, dtype: ScalarType.Float32, device: CPU);
        var embedded = new Rows(result, width);
        for (int t = 0; t < stream.Length; t++) rows[stream.Tokens[t]].CopyTo(embedded[t]);
        if (pools)
        {
            var mean = new float[width];
            foreach (var (first, items, end) in ItemPooling.Interactions(stream))
            {
                mean.AsSpan().Clear();
                for (int t = first; t < items; t++) TensorPrimitives.Add(mean, embedded[t], mean);
                for (int t = items; t < end; t++) TensorPrimitives.MultiplyAdd(mean, 1f / (items - first), embedded[t], embedded[t]);
            }
        }
        ctx.save_data("stream", stream);
        ctx.save_data("pools", pools);
        ctx.save_data("shape", weight.shape);
        return result.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var stream = (PromptStream)ctx.get_data("stream");
        bool pools = (bool)ctx.get_data("pools");
        long[] shape = (long[])ctx.get_data("shape");
        int width = (int)shape[1];
        using var scope = NewDisposeScope();
        var above = new Rows(grad_output.contiguous(), width);
        var gradient = zeros(shape, dtype: ScalarType.Float32, device: CPU);
        var rows = new Rows(gradient, width);
        for (int t = 0; t < stream.Length; t++) Add(rows[stream.Tokens[t]], above[t]);
        if (pools)
        {
            var share = new float[width];
            foreach (var (first, items, end) in ItemPooling.Interactions(stream))
            {
                share.AsSpan().Clear();
                for (int t = items; t < end; t++) TensorPrimitives.MultiplyAdd(above[t], 1f / (items - first), share, share);
                for (int t = first; t < items; t++) Add(rows[stream.Tokens[t]], share);
            }
        }
        return [gradient.MoveToOuterDisposeScope(), null!, null!];   // the stream and the choice have no gradient
    }

    private static void Add(Span<float> sum, ReadOnlySpan<float> x) => TensorPrimitives.Add(sum, x, sum);

    /// <summary>The rows of a contiguous float32 matrix in main memory.</summary>
    private readonly ref struct Rows(Tensor matrix, int width)
    {
        private readonly Span<float> _values = MemoryMarshal.Cast<byte, float>(matrix.bytes);
        private readonly int _width = width;

        public Span<float> this[long row] => _values.Slice(checked((int)(row * _width)), _width);
    }
}
