using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// A layer's second half, x + drop(SwiGLU(norm(x) [gate up]^T) down^T), with its own backward pass, block of rows by block of rows: what passes
/// from one step to the next stays in cache, and only gate and up are kept for the way back.
/// </summary>
/// <remarks>
/// Letters: Q rows, D hidden width, F feed-forward width, R rows of a block. Written as single operations the half goes through main memory
/// about ten times, and writing there costs more than the arithmetic that it holds up.
/// </remarks>
internal sealed unsafe class FeedForwardFunction : autograd.SingleTensorFunction<FeedForwardFunction>
{
    public override string Name => nameof(FeedForwardFunction);

    /// <summary>x (Q, D), norm (D), gate (F, D), up (F, D), down (D, F); epsilon, the <see cref="DropoutMask"/> or null, the vector's bits.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor input = ((Tensor)vars[0]).contiguous(), norm = ((Tensor)vars[1]).detach(), gateUpWeight = cat([(Tensor)vars[2], (Tensor)vars[3]]), downWeight = ((Tensor)vars[4]).contiguous();
        var mask = vars[6] as DropoutMask;
        int bits = (int)vars[7], d = (int)input.shape[1], f = (int)downWeight.shape[1];
        LinearProducts intoGateUp = new(bits, gateUpWeight, backward: false), intoResult = new(bits, downWeight, backward: false);
        int rows = (int)input.shape[0], most = Math.Min(rows, intoGateUp.RowsPerBlock);
        Tensor output = Blocks.Empty(rows, d), factors = Blocks.Empty(rows), hidden = Blocks.Empty(rows, 2 * f);
        Matrix x = new(input), result = new(output), gateUp = new(hidden), normed = new(Blocks.Empty(most, d)), gated = new(Blocks.Empty(most, f));
        float* weight = Memory.Of(norm), rs = Memory.Of(factors);
        foreach (var (begin, count) in Blocks.Of(rows, intoGateUp.RowsPerBlock))
        {
            RowKernels.RmsNorm(bits, x.Row(begin), weight, normed.Row(0), rs + begin, count, d, (double)vars[5]);
            intoGateUp.Forward(normed, 0, gateUp, begin, count);          // (R, 2F)
            RowKernels.SwiGlu(bits, gateUp.Row(begin), gated.Row(0), count, f);
            intoResult.Forward(gated, 0, result, begin, count);           // (R, D)
            Blocks.Residual(x, result, begin, count, mask);
        }
        ctx.save_for_backward([input.MoveToOuterDisposeScope(), norm.MoveToOuterDisposeScope(), gateUpWeight.MoveToOuterDisposeScope(), downWeight.MoveToOuterDisposeScope(), factors.MoveToOuterDisposeScope(), hidden.MoveToOuterDisposeScope()]);
        ctx.save_data("mask", mask!);
        ctx.save_data("bits", bits);
        return output.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var mask = ctx.get_data("mask") as DropoutMask;
        int bits = (int)ctx.get_data("bits");
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor norm = saved[1], gateUpWeight = saved[2], downWeight = saved[3];
        Matrix x = new(saved[0]), gateUp = new(saved[5]), above = new(grad_output.contiguous());
        int rows = x.Height, d = x.Width, f = (int)downWeight.shape[1];
        LinearProducts intoGateUp = new(bits, gateUpWeight, backward: true), intoResult = new(bits, downWeight, backward: true);
        int most = Math.Min(rows, intoGateUp.RowsPerBlock);
        Tensor inputGradient = Blocks.Empty(rows, d), normGradient = zeros(d, dtype: ScalarType.Float32, device: CPU);
        Matrix dx = new(inputGradient), kept = new(Blocks.Empty(most, d)), through = new(Blocks.Empty(most, f)), gated = new(Blocks.Empty(most, f)), dGateUp = new(Blocks.Empty(most, 2 * f)), normed = new(Blocks.Empty(most, d)), dNormed = new(Blocks.Empty(most, d));
        float* weight = Memory.Of(norm), rs = Memory.Of(saved[4]), dw = Memory.Of(normGradient);
        foreach (var (begin, count) in Blocks.Of(rows, intoGateUp.RowsPerBlock))
        {
            var (dy, first) = Blocks.Dropped(above, kept, begin, count, mask);                 // (R, D)
            intoResult.InputGradient(dy, first, through, 0, count);                            // (R, F)
            RowKernels.SwiGluBack(bits, gateUp.Row(begin), through.Row(0), dGateUp.Row(0), gated.Row(0), count, f);
            intoResult.AddWeightGradient(dy, first, gated, 0, count);                          // (D, F)
            RowKernels.RmsNormAgain(bits, x.Row(begin), weight, normed.Row(0), rs + begin, count, d);
            intoGateUp.AddWeightGradient(dGateUp, 0, normed, 0, count);                        // (2F, D)
            intoGateUp.InputGradient(dGateUp, 0, dNormed, 0, count);                           // (R, D)
            RowKernels.RmsNormBack(bits, x.Row(begin), weight, rs + begin, dNormed.Row(0), above.Row(begin), dx.Row(begin), dw, count, d);
        }
        foreach (var tensor in saved) tensor.Dispose();
        var dGateUpWeight = intoGateUp.WeightGradient();
        Tensor[] results = [inputGradient, normGradient, dGateUpWeight.narrow(0, 0, f), dGateUpWeight.narrow(0, f, f), intoResult.WeightGradient()];
        return [.. results.Select(g => g.MoveToOuterDisposeScope()), null!, null!, null!];   // epsilon, mask and bits have none
    }
}
