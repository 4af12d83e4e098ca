using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>SiLU(gate) * up with its own backward pass.</summary>
internal sealed unsafe class SwiGluFunction : autograd.SingleTensorFunction<SwiGluFunction>
{
    public override string Name => nameof(SwiGluFunction);

    /// <summary>gate | up (N, 2F), the vector's bits.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        var gateUp = ((Tensor)vars[0]).contiguous();
        int bits = (int)vars[1], rows = (int)gateUp.shape[0], width = (int)gateUp.shape[1] / 2;
        var y = empty(rows, width, dtype: ScalarType.Float32, device: CPU);
        float* from = Memory.Of(gateUp), to = Memory.Of(y);
        RowKernels.SwiGlu(bits, from, to, rows, width);
        ctx.save_for_backward([gateUp.MoveToOuterDisposeScope()]);
        ctx.save_data("bits", bits);
        return y.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        int bits = (int)ctx.get_data("bits");
        using var scope = NewDisposeScope();
        var gateUp = saved[0];
        int rows = (int)gateUp.shape[0], width = (int)gateUp.shape[1] / 2;
        Tensor above = grad_output.contiguous(), gradient = empty(rows, 2 * width, dtype: ScalarType.Float32, device: CPU);
        float* from = Memory.Of(gateUp), up = Memory.Of(above), to = Memory.Of(gradient);
        RowKernels.SwiGluBack(bits, from, up, to, null, rows, width);
        gateUp.Dispose();
        return [gradient.MoveToOuterDisposeScope(), null!];
    }
}
