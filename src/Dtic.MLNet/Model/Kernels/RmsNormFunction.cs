using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>RMSNorm with its own backward pass: one way through memory each instead of torch's seven.</summary>
internal sealed unsafe class RmsNormFunction : autograd.SingleTensorFunction<RmsNormFunction>
{
    public override string Name => nameof(RmsNormFunction);

    /// <summary>x (N, D), weight (D), epsilon, the vector's bits.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        Tensor x = ((Tensor)vars[0]).contiguous(), weight = ((Tensor)vars[1]).contiguous();
        int bits = (int)vars[3], rows = (int)x.shape[0], width = (int)x.shape[1];
        Tensor y = empty(rows, width, dtype: ScalarType.Float32, device: CPU), r = empty(rows, dtype: ScalarType.Float32, device: CPU);
        float* xs = Memory.Of(x), weights = Memory.Of(weight), ys = Memory.Of(y), rs = Memory.Of(r);
        RowKernels.RmsNorm(bits, xs, weights, ys, rs, rows, width, (double)vars[2]);
        ctx.save_for_backward([x.MoveToOuterDisposeScope(), weight.MoveToOuterDisposeScope(), r.MoveToOuterDisposeScope()]);
        ctx.save_data("bits", bits);
        return y.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        int bits = (int)ctx.get_data("bits");
        using var scope = NewDisposeScope();
        Tensor x = saved[0], weight = saved[1], above = grad_output.contiguous();
        int rows = (int)x.shape[0], width = (int)x.shape[1];
        Tensor xGradient = empty(rows, width, dtype: ScalarType.Float32, device: CPU), weightGradient = zeros(width, dtype: ScalarType.Float32, device: CPU);
        float* xs = Memory.Of(x), weights = Memory.Of(weight), rs = Memory.Of(saved[2]), up = Memory.Of(above), dx = Memory.Of(xGradient), dw = Memory.Of(weightGradient);
        RowKernels.RmsNormBack(bits, xs, weights, rs, up, null, dx, dw, rows, width);
        foreach (var tensor in saved) tensor.Dispose();
        return [xGradient.MoveToOuterDisposeScope(), weightGradient.MoveToOuterDisposeScope(), null!, null!];
    }
}
