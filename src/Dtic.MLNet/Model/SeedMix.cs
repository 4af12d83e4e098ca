namespace Dtic.MLNet.Model;

/// <summary>Random bits as a function of numbers (the finalizer of SplitMix64; Steele, Lea and Flood 2014): the same in every process and on every thread.</summary>
internal static class SeedMix
{
    /// <summary>Folds one more number into a key.</summary>
    public static ulong Add(ulong key, ulong value)
    {
        ulong h = unchecked(key + ((value + 1) * 0x9E3779B97F4A7C15));
        h = unchecked((h ^ (h >> 30)) * 0xBF58476D1CE4E5B9);
        h = unchecked((h ^ (h >> 27)) * 0x94D049BB133111EB);
        return h ^ (h >> 31);
    }
}
