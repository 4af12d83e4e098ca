namespace Dtic.Transforms.Checks;

/// <summary>A 64-bit hash of values, the same in every process: what stands for a row or a value that is only to be recognized.</summary>
internal static class RowHash
{
    public const ulong Start = 0x9E3779B97F4A7C15;

    public static ulong Add(ulong hash, ulong value)
    {
        hash = (hash ^ value) * 0xBF58476D1CE4E5B9;
        hash = (hash ^ (hash >> 29)) * 0x94D049BB133111EB;   // the finalizer of splitmix64 (Steele et al. 2014)
        return hash ^ (hash >> 32);
    }

    public static ulong Add(ulong hash, ReadOnlySpan<char> text)
    {
        foreach (char letter in text)
        {
            hash = (hash ^ letter) * 1099511628211;
        }

        return Add(hash, (ulong)text.Length);
    }
}
