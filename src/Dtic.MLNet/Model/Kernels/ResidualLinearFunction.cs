using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>x + drop(y weight^T) with its own backward pass, block of rows by block of rows.</summary>
/// <remarks>Letters: Q rows, D hidden width, K width of y.</remarks>
internal sealed class ResidualLinearFunction : autograd.SingleTensorFunction<ResidualLinearFunction>
{
    public override string Name => nameof(ResidualLinearFunction);

    /// <summary>x (Q, D), y (Q, K), weight (D, K), the <see cref="DropoutMask"/> or null, the vector's bits.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        Tensor input = ((Tensor)vars[0]).contiguous(), mixed = ((Tensor)vars[1]).contiguous(), weight = ((Tensor)vars[2]).contiguous();
        var mask = vars[3] as DropoutMask;
        int bits = (int)vars[4];
        var products = new LinearProducts(bits, weight, backward: false);
        var output = empty_like(input);
        Matrix x = new(input), y = new(mixed), result = new(output);
        foreach (var (begin, count) in Blocks.Of(x.Height, products.RowsPerBlock))
        {
            products.Forward(y, begin, result, begin, count);
            Blocks.Residual(x, result, begin, count, mask);
        }
        ctx.save_for_backward([mixed.MoveToOuterDisposeScope(), weight.MoveToOuterDisposeScope()]);
        ctx.save_data("mask", mask!);
        ctx.save_data("bits", bits);
        return output.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var mask = ctx.get_data("mask") as DropoutMask;
        using var scope = NewDisposeScope();
        using var untracked = no_grad();
        var products = new LinearProducts((int)ctx.get_data("bits"), saved[1], backward: true);
        Tensor passed = grad_output.contiguous(), mixedGradient = empty_like(saved[0]);
        Matrix y = new(saved[0]), above = new(passed), dy = new(mixedGradient), kept = new(Blocks.Empty(Math.Min(y.Height, products.RowsPerBlock), above.Width));
        foreach (var (begin, count) in Blocks.Of(y.Height, products.RowsPerBlock))
        {
            var (result, first) = Blocks.Dropped(above, kept, begin, count, mask);
            products.InputGradient(result, first, dy, begin, count);
            products.AddWeightGradient(result, first, y, begin, count);
        }
        foreach (var tensor in saved) tensor.Dispose();
        return [passed.alias().MoveToOuterDisposeScope(), mixedGradient.MoveToOuterDisposeScope(), products.WeightGradient().MoveToOuterDisposeScope(), null!, null!];   // mask and bits have none
    }
}
