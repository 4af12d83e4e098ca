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
        Tensor x = ((Tensor)vars[0]).contiguous(), norm = ((Tensor)vars[1]).detach(), gateUpWeight = cat([(Tensor)vars[2], (Tensor)vars[3]]), down = ((Tensor)vars[4]).detach();
        var mask = vars[6] as DropoutMask;
        int bits = (int)vars[7], rows = (int)x.shape[0], d = (int)x.shape[1], f = (int)down.shape[1];
        Tensor result = Blocks.Empty(rows, d), factors = Blocks.Empty(rows), gateUp = Blocks.Empty(rows, 2 * f);
        Tensor normed = Blocks.Scratch(rows, d), gated = Blocks.Scratch(rows, f), gateUpTransposed = gateUpWeight.t(), downTransposed = down.t();
        float* xs = Memory.Of(x), weight = Memory.Of(norm), rs = Memory.Of(factors), h = Memory.Of(normed), gu = Memory.Of(gateUp), s = Memory.Of(gated), ys = Memory.Of(result);
        foreach (var (begin, count) in Blocks.Of(rows))
        {
            using var block = NewDisposeScope();
            long at = (long)begin * d;
            RowKernels.RmsNorm(bits, xs + at, weight, h, rs + begin, count, d, (double)vars[5]);
            gateUp.narrow(0, begin, count).addmm_(normed.narrow(0, 0, count), gateUpTransposed, 0, 1);   // (R, 2F)
            RowKernels.SwiGlu(bits, gu + (2L * begin * f), s, count, f);
            Blocks.Residual(x, result, begin, count, gated.narrow(0, 0, count), downTransposed, mask);    // (R, D)
        }
        ctx.save_for_backward([x.MoveToOuterDisposeScope(), norm.MoveToOuterDisposeScope(), gateUpWeight.MoveToOuterDisposeScope(), down.MoveToOuterDisposeScope(), factors.MoveToOuterDisposeScope(), gateUp.MoveToOuterDisposeScope()]);
        ctx.save_data("mask", mask!);
        ctx.save_data("bits", bits);
        return result.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var mask = ctx.get_data("mask") as DropoutMask;
        int bits = (int)ctx.get_data("bits");
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor x = saved[0], norm = saved[1], gateUpWeight = saved[2], down = saved[3], gateUp = saved[5], above = grad_output.contiguous();
        int rows = (int)x.shape[0], d = (int)x.shape[1], f = (int)down.shape[1];
        Tensor xGradient = Blocks.Empty(rows, d), normGradient = zeros(d, dtype: ScalarType.Float32), gateUpGradient = Blocks.Empty(2 * f, d), downGradient = Blocks.Empty(d, f);
        Tensor normed = Blocks.Scratch(rows, d), gated = Blocks.Scratch(rows, f), through = Blocks.Scratch(rows, f), both = Blocks.Scratch(rows, 2 * f), kept = Blocks.Scratch(rows, d);
        float* xs = Memory.Of(x), weight = Memory.Of(norm), rs = Memory.Of(saved[4]), gu = Memory.Of(gateUp), up = Memory.Of(above), dx = Memory.Of(xGradient), dw = Memory.Of(normGradient);
        float* h = Memory.Of(normed), s = Memory.Of(gated), ds = Memory.Of(through), dgu = Memory.Of(both);
        foreach (var (begin, count) in Blocks.Of(rows))
        {
            using var block = NewDisposeScope();
            long at = (long)begin * d;
            float sum = begin == 0 ? 0 : 1;   // the first block begins the weights' gradients
            var dy = Blocks.Dropped(above, kept, begin, count, mask);                                      // (R, D)
            through.narrow(0, 0, count).addmm_(dy, down, 0, 1);                                           // (R, F)
            RowKernels.SwiGluBack(bits, gu + (2L * begin * f), ds, dgu, s, count, f);
            downGradient.addmm_(dy.t(), gated.narrow(0, 0, count), sum, 1);                               // (D, F)
            RowKernels.RmsNormAgain(bits, xs + at, weight, h, rs + begin, count, d);
            gateUpGradient.addmm_(both.narrow(0, 0, count).t(), normed.narrow(0, 0, count), sum, 1);      // (2F, D)
            normed.narrow(0, 0, count).addmm_(both.narrow(0, 0, count), gateUpWeight, 0, 1);              // (R, D): the norm's result is no longer needed
            RowKernels.RmsNormBack(bits, xs + at, weight, rs + begin, h, up + at, dx + at, dw, count, d);
        }
        foreach (var tensor in saved) tensor.Dispose();
        Tensor[] results = [xGradient, normGradient, gateUpGradient.narrow(0, 0, f), gateUpGradient.narrow(0, f, f), downGradient];
        return [.. results.Select(g => g.MoveToOuterDisposeScope()), null!, null!, null!];   // epsilon, mask and bits have none
    }
}
