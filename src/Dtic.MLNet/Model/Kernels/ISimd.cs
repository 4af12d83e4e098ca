namespace Dtic.MLNet.Model.Kernels;

/// <summary>
/// Vectors of one width, as static operations that the kernels are generic over: a kernel is written once, and the compiler makes it for
/// each width.
/// </summary>
/// <typeparam name="TVector">A hardware vector of floats.</typeparam>
internal unsafe interface ISimd<TVector>
    where TVector : unmanaged
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Lanes { get; }

    /// <summary>Rows, 4 or 8, of a tile two vectors wide whose sums stay in registers: 16 of 32 registers, or 8 of 16.</summary>
    static abstract int TileRows { get; }

    static abstract TVector Fill(float value);

    static abstract TVector Load(float* from);

    static abstract void Store(TVector x, float* to);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a * b + c, rounded once where the hardware can.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    static abstract TVector Max(TVector a, TVector b);

    static abstract TVector Min(TVector a, TVector b);

    /// <summary>All bits of a lane set where a is at least b.</summary>
    static abstract TVector AtLeast(TVector a, TVector b);

    /// <summary>All bits of a lane set where a is below b.</summary>
    static abstract TVector Below(TVector a, TVector b);

    /// <summary>All bits of a lane set where a equals b.</summary>
    static abstract TVector Same(TVector a, TVector b);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector Or(TVector a, TVector b);

    static abstract TVector Select(TVector condition, TVector yes, TVector no);

    /// <summary>Adds the low bits of <paramref name="n"/>'s significand, as an integer, to the exponent of <paramref name="x"/>.</summary>
    static abstract TVector AddToExponent(TVector x, TVector n);

    /// <summary>Whether any lane of a comparison holds.</summary>
    static abstract bool Any(TVector condition);

    static abstract float Sum(TVector x);
}
