using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>norm(x) [weights]^T with its own backward pass, block of rows by block of rows: what is normalized never leaves the cache.</summary>
/// <remarks>Letters: N rows, D hidden width, E results of all weights together, R rows of a block.</remarks>
internal sealed unsafe class NormedLinearFunction : autograd.SingleTensorFunction<NormedLinearFunction>
{
    private const int FirstWeight = 4;

    public override string Name => nameof(NormedLinearFunction);

    /// <summary>x (N, D), norm (D), epsilon, the vector's bits, and the weights (their results, D); gives (N, E).</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor[] weights = [.. vars.Skip(FirstWeight).Cast<Tensor>()];
        Tensor input = ((Tensor)vars[0]).contiguous(), norm = ((Tensor)vars[1]).detach(), all = cat(weights);
        int bits = (int)vars[3], d = (int)input.shape[1];
        var products = new LinearProducts(bits, all, backward: false);
        int rows = (int)input.shape[0];
        Tensor output = Blocks.Empty(rows, all.shape[0]), factors = Blocks.Empty(rows);
        Matrix x = new(input), result = new(output), normed = new(Blocks.Empty(Math.Min(rows, products.RowsPerBlock), d));
        float* weight = Memory.Of(norm), rs = Memory.Of(factors);
        foreach (var (begin, count) in Blocks.Of(rows, products.RowsPerBlock))
        {
            RowKernels.RmsNorm(bits, x.Row(begin), weight, normed.Row(0), rs + begin, count, d, (double)vars[2]);
            products.Forward(normed, 0, result, begin, count);   // (R, E)
        }
        ctx.save_for_backward([input.MoveToOuterDisposeScope(), norm.MoveToOuterDisposeScope(), all.MoveToOuterDisposeScope(), factors.MoveToOuterDisposeScope()]);
        ctx.save_data("bits", bits);
        ctx.save_data("heights", Array.ConvertAll(weights, w => w.shape[0]));
        return output.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        int bits = (int)ctx.get_data("bits");
        long[] heights = (long[])ctx.get_data("heights");
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor norm = saved[1], all = saved[2];
        Matrix x = new(saved[0]), above = new(grad_output.contiguous());
        int rows = x.Height, d = x.Width;
        var products = new LinearProducts(bits, all, backward: true);
        int most = Math.Min(rows, products.RowsPerBlock);
        Tensor inputGradient = Blocks.Empty(rows, d), normGradient = zeros(d, dtype: ScalarType.Float32, device: CPU);
        Matrix dx = new(inputGradient), normed = new(Blocks.Empty(most, d)), dNormed = new(Blocks.Empty(most, d));
        float* weight = Memory.Of(norm), rs = Memory.Of(saved[3]), dw = Memory.Of(normGradient);
        foreach (var (begin, count) in Blocks.Of(rows, products.RowsPerBlock))
        {
            RowKernels.RmsNormAgain(bits, x.Row(begin), weight, normed.Row(0), rs + begin, count, d);
            products.AddWeightGradient(above, begin, normed, 0, count);   // (E, D)
            products.InputGradient(above, begin, dNormed, 0, count);      // (R, D)
            RowKernels.RmsNormBack(bits, x.Row(begin), weight, rs + begin, dNormed.Row(0), null, dx.Row(begin), dw, count, d);
        }
        foreach (var tensor in saved) tensor.Dispose();
        Tensor[] parts = products.WeightGradient().split(heights, 0);
        return [inputGradient.MoveToOuterDisposeScope(), normGradient.MoveToOuterDisposeScope(), null!, null!, .. parts.Select(g => g.MoveToOuterDisposeScope())];
    }
}
