using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>Moves one head's rows between tensors and tiles: rotated, scaled, transposed.</summary>
internal static unsafe class HeadRows<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>
    /// target = scale * rotation(source), pairing element i with i + width / 2; with <paramref name="turn"/> -1 the rotation back, which is
    /// also its transpose, and so the derivative's way.
    /// </summary>
    /// <param name="source">(width).</param>
    /// <param name="target">(width); not the source.</param>
    /// <param name="width">K.</param>
    /// <param name="cosines">(K / 2); null = no rotation.</param>
    /// <param name="sines">(K / 2).</param>
    /// <param name="scale">Factor.</param>
    /// <param name="turn">1 or -1.</param>
    /// <param name="add">Whether to add to the target.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Rotate(float* source, float* target, int width, float* cosines, float* sines, float scale, float turn, bool add)
    {
        if (cosines == null)
        {
            Scale(source, target, width, scale, add);
            return;
        }
        int half = width / 2, i = 0;
        TVector by = TSimd.Fill(scale), turned = TSimd.Fill(scale * turn);
        for (; i + TSimd.Lanes <= half; i += TSimd.Lanes)
        {
            TVector x = TSimd.Load(source + i), y = TSimd.Load(source + half + i);
            TVector c = TSimd.Multiply(TSimd.Load(cosines + i), by), s = TSimd.Multiply(TSimd.Load(sines + i), turned);
            var first = TSimd.Subtract(TSimd.Multiply(x, c), TSimd.Multiply(y, s));
            var second = TSimd.MultiplyAdd(y, c, TSimd.Multiply(x, s));
            TSimd.Store(add ? TSimd.Add(first, TSimd.Load(target + i)) : first, target + i);
            TSimd.Store(add ? TSimd.Add(second, TSimd.Load(target + half + i)) : second, target + half + i);
        }
        for (; i < half; i++)
        {
            float x = source[i], y = source[half + i], c = cosines[i] * scale, s = sines[i] * scale * turn;
            float first = (x * c) - (y * s), second = (y * c) + (x * s);
            target[i] = add ? target[i] + first : first;
            target[half + i] = add ? target[half + i] + second : second;
        }
    }

    /// <summary>
    /// Asks for a row that is soon read or written. One head's part of the rows stands too far apart for the processor to foresee, and a pass's
    /// rows are more than its second cache holds.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Prefetch(float* row, int width)
    {
        const int FloatsPerLine = 16;
        if (!Sse.IsSupported) return;
        for (int i = 0; i < width; i += FloatsPerLine) Sse.Prefetch0(row + i);
    }

    /// <summary>target (+)= scale * source.</summary>
    public static void Scale(float* source, float* target, int width, float scale, bool add)
    {
        int i = 0;
        var by = TSimd.Fill(scale);
        for (; i + TSimd.Lanes <= width; i += TSimd.Lanes)
        {
            var x = TSimd.Multiply(TSimd.Load(source + i), by);
            TSimd.Store(add ? TSimd.Add(x, TSimd.Load(target + i)) : x, target + i);
        }
        for (; i < width; i++) target[i] = add ? target[i] + (scale * source[i]) : scale * source[i];
    }

    public static float Dot(float* a, float* b, int width)
    {
        int i = 0;
        TVector sum = default;
        for (; i + TSimd.Lanes <= width; i += TSimd.Lanes) sum = TSimd.MultiplyAdd(TSimd.Load(a + i), TSimd.Load(b + i), sum);
        float total = TSimd.Sum(sum);
        for (; i < width; i++) total += a[i] * b[i];
        return total;
    }

    /// <summary>target[c, lane] = source[lane, c]; lanes behind <paramref name="count"/> become 0.</summary>
    public static void ToLanes(float* source, int sourceStride, int count, float* target, int width, int lanes)
    {
        Transpose(source, sourceStride, count, width, target, lanes);
        for (int c = 0; c < width && count < lanes; c++) new Span<float>(target + (c * lanes) + count, lanes - count).Clear();
    }

    /// <summary>target[c, r] = source[r, c].</summary>
    public static void Transpose(float* source, nint sourceStride, int rows, int columns, float* target, nint targetStride)
    {
        int r = 0;
        for (; Sse.IsSupported && r + 4 <= rows; r += 4)
        {
            float* from = source + (r * sourceStride), to = target + r;
            int c = 0;
            for (; c + 4 <= columns; c += 4, from += 4, to += 4 * targetStride)
            {
                Vector128<float> x0 = Vector128.Load(from), x1 = Vector128.Load(from + sourceStride);
                Vector128<float> x2 = Vector128.Load(from + (2 * sourceStride)), x3 = Vector128.Load(from + (3 * sourceStride));
                Vector128<float> low0 = Sse.UnpackLow(x0, x1), high0 = Sse.UnpackHigh(x0, x1), low1 = Sse.UnpackLow(x2, x3), high1 = Sse.UnpackHigh(x2, x3);
                Sse.MoveLowToHigh(low0, low1).Store(to);
                Sse.MoveHighToLow(low1, low0).Store(to + targetStride);
                Sse.MoveLowToHigh(high0, high1).Store(to + (2 * targetStride));
                Sse.MoveHighToLow(high1, high0).Store(to + (3 * targetStride));
            }
            for (; c < columns; c++, from++, to += targetStride)
                for (int i = 0; i < 4; i++) to[i] = from[i * sourceStride];
        }
        for (; r < rows; r++)
            for (int c = 0; c < columns; c++) target[(c * targetStride) + r] = source[(r * sourceStride) + c];
    }
}
