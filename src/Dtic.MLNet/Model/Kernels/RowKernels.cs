namespace Dtic.MLNet.Model.Kernels;

/// <summary>Functions of single rows, with their derivatives. Widths are whole numbers of vectors.</summary>
internal static unsafe class RowKernels<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>y = x * r * weight with r = (mean(x^2) + epsilon)^-1/2, which is kept for the way back.</summary>
    public static void RmsNorm(float* x, float* weight, float* y, float* r, int rows, int width, double epsilon)
    {
        for (int row = 0; row < rows; row++, x += width, y += width)
        {
            TVector squares = default;
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                var v = TSimd.Load(x + i);
                squares = TSimd.MultiplyAdd(v, v, squares);
            }
            r[row] = (float)(1 / Math.Sqrt((TSimd.Sum(squares) / (double)width) + epsilon));
            var factor = TSimd.Fill(r[row]);
            for (int i = 0; i < width; i += TSimd.Lanes) TSimd.Store(TSimd.Multiply(TSimd.Multiply(TSimd.Load(x + i), factor), TSimd.Load(weight + i)), y + i);
        }
    }

    /// <summary>
    /// With n = x r and g the gradient from above: dx = r (g weight - n mean(g weight n)), dweight = sum over rows of g n.
    /// </summary>
    public static void RmsNormBack(float* x, float* weight, float* r, float* above, float* xGradient, float* weightGradient, int rows, int width)
    {
        new Span<float>(weightGradient, width).Clear();
        for (int row = 0; row < rows; row++, x += width, above += width, xGradient += width)
        {
            var factor = TSimd.Fill(r[row]);
            TVector sum = default;
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector part = TSimd.Multiply(TSimd.Multiply(TSimd.Load(x + i), factor), TSimd.Load(above + i));
                TSimd.Store(TSimd.Add(part, TSimd.Load(weightGradient + i)), weightGradient + i);
                sum = TSimd.MultiplyAdd(part, TSimd.Load(weight + i), sum);
            }
            TVector mean = TSimd.Fill(TSimd.Sum(sum) / width * r[row]);
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                var own = TSimd.Multiply(TSimd.Load(above + i), TSimd.Load(weight + i));
                TSimd.Store(TSimd.Multiply(TSimd.Subtract(own, TSimd.Multiply(TSimd.Load(x + i), mean)), factor), xGradient + i);
            }
        }
    }

    /// <summary>y = gate * sigmoid(gate) * up, of rows gate | up.</summary>
    public static void SwiGlu(float* gateUp, float* y, int rows, int width)
    {
        for (int row = 0; row < rows; row++, gateUp += 2 * width, y += width)
        {
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                var gate = TSimd.Load(gateUp + i);
                TSimd.Store(TSimd.Multiply(TSimd.Multiply(gate, SimdMath<TSimd, TVector>.Sigmoid(gate)), TSimd.Load(gateUp + width + i)), y + i);
            }
        }
    }

    /// <summary>With s = sigmoid(gate): dgate = above up s (1 + gate (1 - s)), dup = above gate s.</summary>
    public static void SwiGluBack(float* gateUp, float* above, float* gradient, int rows, int width)
    {
        var one = TSimd.Fill(1f);
        for (int row = 0; row < rows; row++, gateUp += 2 * width, gradient += 2 * width, above += width)
        {
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector gate = TSimd.Load(gateUp + i), s = SimdMath<TSimd, TVector>.Sigmoid(gate), through = TSimd.Multiply(TSimd.Load(above + i), s);
                TSimd.Store(TSimd.Multiply(through, gate), gradient + width + i);
                var slope = TSimd.MultiplyAdd(gate, TSimd.Subtract(one, s), one);
                TSimd.Store(TSimd.Multiply(TSimd.Multiply(through, TSimd.Load(gateUp + width + i)), slope), gradient + i);
            }
        }
    }
}
