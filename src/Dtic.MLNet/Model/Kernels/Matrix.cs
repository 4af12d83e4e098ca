using static TorchSharp.torch;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>A contiguous float32 matrix in main memory, as torch and as kernels see it. Valid while the tensor is held.</summary>
internal readonly unsafe struct Matrix
{
    private readonly Tensor _values;
    private readonly float* _first;

    /// <param name="values">(rows, width).</param>
    public Matrix(Tensor values)
    {
        _values = values;
        _first = Memory.Of(values);
        Height = (int)values.shape[0];
        Width = (int)values.shape[1];
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>The first element of a row.</summary>
    public float* Row(int row) => _first + ((long)row * Width);

    /// <summary>Some rows, in the calling thread's dispose scope.</summary>
    public Tensor Rows(int begin, int count) => _values.narrow(0, begin, count);
}
