using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>The back end for processors: kernels over the processor's vectors, on the calling thread, straight on the tensors' memory.</summary>
internal sealed class SimdAttention : StreamAttention
{
    private readonly AttentionTask _task;
    private readonly int _bits;

    /// <param name="stream">The pass.</param>
    /// <param name="shape">The heads.</param>
    /// <param name="sumsOnly">Whether only [SUM] tokens ask.</param>
    /// <param name="bits">Of a vector: 128, 256 or 512.</param>
    public SimdAttention(PromptStream stream, AttentionShape shape, bool sumsOnly, int bits)
    {
        _bits = bits;
        _task = new AttentionTask(new TilePlan(stream, sumsOnly, lanes: 2 * bits / 32), stream, shape);
    }

    public override Tensor Attend(Tensor queryKeyValue)
    {
        Check(queryKeyValue, _task.Stream.Length, 3);
        return AttentionFunction.apply(queryKeyValue, _task, _bits);
    }

    public override Tensor Attend(Tensor query, Tensor keyValue)
    {
        Check(query, _task.Plan.QueryRows.Length, 1);
        Check(keyValue, _task.Stream.Length, 2);
        return AttentionFunction.apply(query, keyValue, _task, _bits);
    }

    public override void Dispose()
    {
    }

    private void Check(Tensor x, int rows, int parts)
    {
        long width = (long)parts * _task.Shape.Heads * _task.Shape.HeadDimension;
        if (x.dtype != ScalarType.Float32 || x.device.type != DeviceType.CPU || x.shape is not [var r, var c] || r != rows || c != width)
            throw new ArgumentException($"The projections are {x.dtype} ({string.Join(", ", x.shape)}) on {x.device}, expected Float32 ({rows}, {width}) on cpu.", nameof(x));
    }
}

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
        var result = empty(queries, heads * task.Shape.HeadDimension, dtype: ScalarType.Float32);
        var logSums = empty(heads, queries, dtype: ScalarType.Float32);
        Forward(bits, task, From(inputs, heads * task.Shape.HeadDimension), Address(result), Address(logSums));
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
        Tensor[] gradients = [.. inputs.Select(x => zeros_like(x))];
        var above = grad_output.contiguous();
        Backward(bits, task, From(inputs, width), Address(saved[^2]), Address(saved[^1]), Address(above), From(gradients, width));
        foreach (var tensor in saved) tensor.Dispose();
        return [.. gradients.Select(g => g.MoveToOuterDisposeScope()), null!, null!];   // the task and the bits have none
    }

    private static Projections From(Tensor[] parts, int width)
    {
        float* first = Address(parts[0]);
        if (parts.Length == 1) return new Projections(first, 3L * width, first + width, first + (2L * width), 3L * width);
        float* second = Address(parts[1]);
        return new Projections(first, width, second, second + width, 2L * width);
    }

    private static float* Address(Tensor x) => (float*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(x.bytes));

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
