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

    /// <summary>y = x * r * weight with the r of before: the same bits again.</summary>
    public static void RmsNormAgain(float* x, float* weight, float* y, float* r, int rows, int width)
    {
        for (int row = 0; row < rows; row++, x += width, y += width)
        {
            var factor = TSimd.Fill(r[row]);
            for (int i = 0; i < width; i += TSimd.Lanes) TSimd.Store(TSimd.Multiply(TSimd.Multiply(TSimd.Load(x + i), factor), TSimd.Load(weight + i)), y + i);
        }
    }

    /// <summary>
    /// With n = x r and g the gradient from above: dx = beside + r (g weight - n mean(g weight n)), dweight += sum over rows of g n.
    /// </summary>
    /// <param name="x">(rows, width).</param>
    /// <param name="weight">(width).</param>
    /// <param name="r">(rows), of the way forward.</param>
    /// <param name="above">(rows, width): g.</param>
    /// <param name="beside">(rows, width): what reaches x past the norm; null = nothing.</param>
    /// <param name="xGradient">(rows, width): written.</param>
    /// <param name="weightGradient">(width): added to.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="width">Of a row.</param>
    public static void RmsNormBack(float* x, float* weight, float* r, float* above, float* beside, float* xGradient, float* weightGradient, int rows, int width)
    {
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
                var through = TSimd.Multiply(TSimd.Subtract(own, TSimd.Multiply(TSimd.Load(x + i), mean)), factor);
                TSimd.Store(beside == null ? through : TSimd.Add(through, TSimd.Load(beside + i)), xGradient + i);
            }
            if (beside != null) beside += width;
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

    /// <summary>With s = sigmoid(gate): dgate = above up s (1 + gate (1 - s)), dup = above gate s; and y of the way forward again, where it is wanted.</summary>
    public static void SwiGluBack(float* gateUp, float* above, float* gradient, float* y, int rows, int width)
    {
        var one = TSimd.Fill(1f);
        for (int row = 0; row < rows; row++, gateUp += 2 * width, gradient += 2 * width, above += width)
        {
            for (int i = 0; i < width; i += TSimd.Lanes)
            {
                TVector gate = TSimd.Load(gateUp + i), up = TSimd.Load(gateUp + width + i), s = SimdMath<TSimd, TVector>.Sigmoid(gate);
                TVector through = TSimd.Multiply(TSimd.Load(above + i), s), slope = TSimd.MultiplyAdd(gate, TSimd.Subtract(one, s), one);
                TSimd.Store(TSimd.Multiply(through, gate), gradient + width + i);
                TSimd.Store(TSimd.Multiply(TSimd.Multiply(through, up), slope), gradient + i);
                if (y != null) TSimd.Store(TSimd.Multiply(TSimd.Multiply(gate, s), up), y + i);
            }
            if (y != null) y += width;
        }
    }
}
