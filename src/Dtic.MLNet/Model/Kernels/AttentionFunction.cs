using System.Runtime.Intrinsics;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Attention with its own backward pass. What could fail is checked before: an exception in a backward pass ends the process.</summary>
internal sealed unsafe class AttentionFunction : autograd.SingleTensorFunction<AttentionFunction>
{
    public override string Name => nameof(AttentionFunction);

    /// <summary>Queries, keys and values fused, or queries apart from fused keys and values; then the task and the vector's bits.</summary>
    public override Tensor forward(autograd.AutogradContext ctx, params object[] vars)
    {
        var task = (AttentionTask)vars[^2];
        int bits = (int)vars[^1], queries = task.Plan.QueryTokens.Length, heads = task.Shape.Heads;
        using var scope = NewDisposeScope();
        Tensor[] inputs = [.. vars.Take(vars.Length - 2).Select(x => ((Tensor)x).contiguous())];
        var result = empty(queries, heads * task.Shape.HeadDimension, dtype: ScalarType.Float32, device: CPU);
        var logSums = empty(heads, queries, dtype: ScalarType.Float32, device: CPU);
        Forward(bits, task, From(inputs, heads * task.Shape.HeadDimension), Memory.Of(result), Memory.Of(logSums));
        // The result itself would hold its own graph; a detached twin shares its memory.
        ctx.save_for_backward([.. inputs.Select(x => x.MoveToOuterDisposeScope()), result.detach().MoveToOuterDisposeScope(), logSums.MoveToOuterDisposeScope()]);
        ctx.save_data("task", task);
        ctx.save_data("bits", bits);
        return result.MoveToOuterDisposeScope();
    }

    public override List<Tensor> backward(autograd.AutogradContext ctx, Tensor grad_output)
    {
        var saved = ctx.get_saved_variables();
        var task = (AttentionTask)ctx.get_data("task");
        int bits = (int)ctx.get_data("bits"), width = task.Shape.Heads * task.Shape.HeadDimension;
        using var scope = NewDisposeScope();
        Tensor[] inputs = [.. saved.Take(saved.Count - 2)];
        Tensor[] gradients = [.. inputs.Select(x => empty_like(x))];
        var above = grad_output.contiguous();
        Backward(bits, task, From(inputs, width), Memory.Of(saved[^2]), Memory.Of(saved[^1]), Memory.Of(above), From(gradients, width));
        foreach (var tensor in saved) tensor.Dispose();
        return [.. gradients.Select(g => g.MoveToOuterDisposeScope()), null!, null!];   // the task and the bits have none
    }

    private static Projections From(Tensor[] parts, int width)
    {
        float* first = Memory.Of(parts[0]);
        if (parts.Length == 1) return new Projections(first, 3L * width, first + width, first + (2L * width), 3L * width);
        float* second = Memory.Of(parts[1]);
        return new Projections(first, width, second, second + width, 2L * width);
    }

    private static void Forward(int bits, AttentionTask task, in Projections from, float* result, float* logSums)
    {
        if (bits == 512) TileForward<Simd512, Vector512<float>>.Run(task, from, result, logSums);
        else if (bits == 256) TileForward<Simd256, Vector256<float>>.Run(task, from, result, logSums);
        else TileForward<Simd128, Vector128<float>>.Run(task, from, result, logSums);
    }

    private static void Backward(int bits, AttentionTask task, in Projections from, float* result, float* logSums, float* above, in Projections to)
    {
        if (bits == 512) TileBackward<Simd512, Vector512<float>>.Run(task, from, result, logSums, above, to);
        else if (bits == 256) TileBackward<Simd256, Vector256<float>>.Run(task, from, result, logSums, above, to);
        else TileBackward<Simd128, Vector128<float>>.Run(task, from, result, logSums, above, to);
    }
}
