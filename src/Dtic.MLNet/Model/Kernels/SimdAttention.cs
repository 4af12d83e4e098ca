using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// The back end for processors: kernels over the processor's vectors, on the calling thread, straight on the tensors' memory. They read one
/// state of each key, so <see cref="ContextAttention.WindowedReset"/> goes to <see cref="BlockedAttention"/>.
/// </summary>
internal sealed class SimdAttention : StreamAttention
{
    private readonly AttentionTask _task;
    private readonly int _bits;

    /// <param name="stream">The pass.</param>
    /// <param name="shape">The heads.</param>
    /// <param name="sumsOnly">Whether only [SUM] tokens ask.</param>
    /// <param name="bits">Of a vector: 128, 256 or 512.</param>
    /// <param name="keysPerChunk">As in <see cref="TilePlan"/>.</param>
    public SimdAttention(PromptStream stream, AttentionShape shape, bool sumsOnly, int bits, int keysPerChunk = TilePlan.KeysPerChunk)
    {
        _bits = bits;
        _task = new AttentionTask(new TilePlan(stream, sumsOnly, lanes: 2 * bits / 32, keysPerChunk), stream, shape);
    }

    public override Tensor Attend(Tensor queryKeyValue, Tensor? initialKeyValue)
    {
        Check(queryKeyValue, _task.Stream.Length, 3);
        return AttentionFunction.apply(queryKeyValue, _task, _bits);
    }

    public override Tensor Attend(Tensor query, Tensor keyValue, Tensor? initialKeyValue)
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
