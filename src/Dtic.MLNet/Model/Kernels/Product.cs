using System.Runtime.CompilerServices;

namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// Small matrix products out of cache: <c>c[row, lane] (+)= sum over steps of a[row * rowStride + step * stepStride] * b[step, lane]</c>.
/// Each element of a is spread over a vector of lanes, and the sums of a tile of rows by two vectors stay in registers.
/// </summary>
internal static unsafe class Product<TSimd, TVector>
    where TSimd : ISimd<TVector>
    where TVector : unmanaged
{
    /// <param name="a">First element; read with both strides, so that it may as well be transposed.</param>
    /// <param name="rowStride">Floats from one row of <paramref name="a"/> to the next.</param>
    /// <param name="stepStride">Floats from one step of <paramref name="a"/> to the next.</param>
    /// <param name="rows">Rows of <paramref name="a"/> and <paramref name="c"/>.</param>
    /// <param name="steps">Products in each sum.</param>
    /// <param name="b">(steps, lanes).</param>
    /// <param name="bStride">Floats from one row of <paramref name="b"/> to the next.</param>
    /// <param name="c">(rows, lanes): the sums.</param>
    /// <param name="cStride">Floats from one row of <paramref name="c"/> to the next.</param>
    /// <param name="vectors">Lanes, in vectors.</param>
    /// <param name="add">Whether the sums add to what <paramref name="c"/> holds.</param>
    public static void Run(float* a, nint rowStride, nint stepStride, int rows, int steps, float* b, nint bStride, float* c, nint cStride, int vectors, bool add)
    {
        int v = 0;
        for (; v + 2 <= vectors; v += 2)
        {
            float* bv = b + (v * TSimd.Lanes), cv = c + (v * TSimd.Lanes);
            int row = 0;
            if (TSimd.TileRows == 8)
                for (; row + 8 <= rows; row += 8) Eight(a + (row * rowStride), rowStride, stepStride, steps, bv, bStride, cv + (row * cStride), cStride, add);
            for (; row + 4 <= rows; row += 4) Four(a + (row * rowStride), rowStride, stepStride, steps, bv, bStride, cv + (row * cStride), cStride, add);
            for (; row < rows; row++) One(a + (row * rowStride), stepStride, steps, bv, bStride, cv + (row * cStride), add);
        }
        if (v < vectors) Narrow(a, rowStride, stepStride, rows, steps, b + (v * TSimd.Lanes), bStride, c + (v * TSimd.Lanes), cStride, add);
    }

    private static void Eight(float* a, nint r1, nint stepStride, int steps, float* b, nint bStride, float* c, nint cStride, bool add)
    {
        nint r2 = 2 * r1, r3 = 3 * r1, lanes = TSimd.Lanes;
        float* e = a + (4 * r1);
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        TVector t0 = default, t1 = default, t2 = default, t3 = default, t4 = default, t5 = default, t6 = default, t7 = default;
        for (int step = 0; step < steps; step++, a += stepStride, e += stepStride, b += bStride)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Fill(a[0]);
            s0 = TSimd.MultiplyAdd(x, b0, s0);
            t0 = TSimd.MultiplyAdd(x, b1, t0);
            x = TSimd.Fill(a[r1]);
            s1 = TSimd.MultiplyAdd(x, b0, s1);
            t1 = TSimd.MultiplyAdd(x, b1, t1);
            x = TSimd.Fill(a[r2]);
            s2 = TSimd.MultiplyAdd(x, b0, s2);
            t2 = TSimd.MultiplyAdd(x, b1, t2);
            x = TSimd.Fill(a[r3]);
            s3 = TSimd.MultiplyAdd(x, b0, s3);
            t3 = TSimd.MultiplyAdd(x, b1, t3);
            x = TSimd.Fill(e[0]);
            s4 = TSimd.MultiplyAdd(x, b0, s4);
            t4 = TSimd.MultiplyAdd(x, b1, t4);
            x = TSimd.Fill(e[r1]);
            s5 = TSimd.MultiplyAdd(x, b0, s5);
            t5 = TSimd.MultiplyAdd(x, b1, t5);
            x = TSimd.Fill(e[r2]);
            s6 = TSimd.MultiplyAdd(x, b0, s6);
            t6 = TSimd.MultiplyAdd(x, b1, t6);
            x = TSimd.Fill(e[r3]);
            s7 = TSimd.MultiplyAdd(x, b0, s7);
            t7 = TSimd.MultiplyAdd(x, b1, t7);
        }
        Put(c, s0, t0, add);
        Put(c + cStride, s1, t1, add);
        Put(c + (2 * cStride), s2, t2, add);
        Put(c + (3 * cStride), s3, t3, add);
        Put(c + (4 * cStride), s4, t4, add);
        Put(c + (5 * cStride), s5, t5, add);
        Put(c + (6 * cStride), s6, t6, add);
        Put(c + (7 * cStride), s7, t7, add);
    }

    private static void Four(float* a, nint r1, nint stepStride, int steps, float* b, nint bStride, float* c, nint cStride, bool add)
    {
        nint r2 = 2 * r1, r3 = 3 * r1, lanes = TSimd.Lanes;
        TVector s0 = default, s1 = default, s2 = default, s3 = default, t0 = default, t1 = default, t2 = default, t3 = default;
        for (int step = 0; step < steps; step++, a += stepStride, b += bStride)
        {
            TVector b0 = TSimd.Load(b), b1 = TSimd.Load(b + lanes);
            var x = TSimd.Fill(a[0]);
            s0 = TSimd.MultiplyAdd(x, b0, s0);
            t0 = TSimd.MultiplyAdd(x, b1, t0);
            x = TSimd.Fill(a[r1]);
            s1 = TSimd.MultiplyAdd(x, b0, s1);
            t1 = TSimd.MultiplyAdd(x, b1, t1);
            x = TSimd.Fill(a[r2]);
            s2 = TSimd.MultiplyAdd(x, b0, s2);
            t2 = TSimd.MultiplyAdd(x, b1, t2);
            x = TSimd.Fill(a[r3]);
            s3 = TSimd.MultiplyAdd(x, b0, s3);
            t3 = TSimd.MultiplyAdd(x, b1, t3);
        }
        Put(c, s0, t0, add);
        Put(c + cStride, s1, t1, add);
        Put(c + (2 * cStride), s2, t2, add);
        Put(c + (3 * cStride), s3, t3, add);
    }

    private static void One(float* a, nint stepStride, int steps, float* b, nint bStride, float* c, bool add)
    {
        TVector s = default, t = default;
        for (int step = 0; step < steps; step++, a += stepStride, b += bStride)
        {
            var x = TSimd.Fill(a[0]);
            s = TSimd.MultiplyAdd(x, TSimd.Load(b), s);
            t = TSimd.MultiplyAdd(x, TSimd.Load(b + TSimd.Lanes), t);
        }
        Put(c, s, t, add);
    }

    /// <summary>One vector of lanes: half a tile, or what is left of an odd number of vectors.</summary>
    private static void Narrow(float* a, nint rowStride, nint stepStride, int rows, int steps, float* b, nint bStride, float* c, nint cStride, bool add)
    {
        nint r1 = rowStride, r2 = 2 * r1, r3 = 3 * r1;
        int row = 0;
        for (; row + 8 <= rows; row += 8, c += 8 * cStride) NarrowEight(a + (row * rowStride), rowStride, stepStride, steps, b, bStride, c, cStride, add);
        for (; row + 4 <= rows; row += 4, c += 4 * cStride)
        {
            float* x = a + (row * rowStride), y = b;
            TVector s0 = default, s1 = default, s2 = default, s3 = default;
            for (int step = 0; step < steps; step++, x += stepStride, y += bStride)
            {
                var v = TSimd.Load(y);
                s0 = TSimd.MultiplyAdd(TSimd.Fill(x[0]), v, s0);
                s1 = TSimd.MultiplyAdd(TSimd.Fill(x[r1]), v, s1);
                s2 = TSimd.MultiplyAdd(TSimd.Fill(x[r2]), v, s2);
                s3 = TSimd.MultiplyAdd(TSimd.Fill(x[r3]), v, s3);
            }
            Put(c, s0, add);
            Put(c + cStride, s1, add);
            Put(c + (2 * cStride), s2, add);
            Put(c + (3 * cStride), s3, add);
        }
        for (; row < rows; row++, c += cStride)
        {
            float* x = a + (row * rowStride), y = b;
            TVector s = default;
            for (int step = 0; step < steps; step++, x += stepStride, y += bStride) s = TSimd.MultiplyAdd(TSimd.Fill(x[0]), TSimd.Load(y), s);
            Put(c, s, add);
        }
    }

    /// <summary>Eight sums in registers, whatever the width: fewer would wait for one another.</summary>
    private static void NarrowEight(float* a, nint r1, nint stepStride, int steps, float* b, nint bStride, float* c, nint cStride, bool add)
    {
        nint r2 = 2 * r1, r3 = 3 * r1;
        float* e = a + (4 * r1);
        TVector s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        for (int step = 0; step < steps; step++, a += stepStride, e += stepStride, b += bStride)
        {
            var v = TSimd.Load(b);
            s0 = TSimd.MultiplyAdd(TSimd.Fill(a[0]), v, s0);
            s1 = TSimd.MultiplyAdd(TSimd.Fill(a[r1]), v, s1);
            s2 = TSimd.MultiplyAdd(TSimd.Fill(a[r2]), v, s2);
            s3 = TSimd.MultiplyAdd(TSimd.Fill(a[r3]), v, s3);
            s4 = TSimd.MultiplyAdd(TSimd.Fill(e[0]), v, s4);
            s5 = TSimd.MultiplyAdd(TSimd.Fill(e[r1]), v, s5);
            s6 = TSimd.MultiplyAdd(TSimd.Fill(e[r2]), v, s6);
            s7 = TSimd.MultiplyAdd(TSimd.Fill(e[r3]), v, s7);
        }
        Put(c, s0, add);
        Put(c + cStride, s1, add);
        Put(c + (2 * cStride), s2, add);
        Put(c + (3 * cStride), s3, add);
        Put(c + (4 * cStride), s4, add);
        Put(c + (5 * cStride), s5, add);
        Put(c + (6 * cStride), s6, add);
        Put(c + (7 * cStride), s7, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, TVector s, TVector t, bool add)
    {
        Put(c, s, add);
        Put(c + TSimd.Lanes, t, add);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Put(float* c, TVector s, bool add) => TSimd.Store(add ? TSimd.Add(s, TSimd.Load(c)) : s, c);
}
