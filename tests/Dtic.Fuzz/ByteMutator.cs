using System.Buffers.Binary;

namespace Dtic.Fuzz;

/// <summary>Spoils bytes without knowing what they mean.</summary>
internal static class ByteMutator
{
    private static readonly long[] Lengths = [0, 1, 7, 8, 255, 256, 65_535, 99_999_999, 100_000_001, int.MaxValue, uint.MaxValue, long.MaxValue, long.MinValue, -1];

    /// <summary>One to four changes.</summary>
    public static byte[] Mutate(Random random, byte[] bytes, byte[] other)
    {
        for (int change = random.Next(1, 5); change > 0; change--) bytes = Change(random, bytes, other);
        return bytes;
    }

    private static byte[] Change(Random random, byte[] bytes, byte[] other)
    {
        int at = random.Next(bytes.Length + 1), length = random.Next(1 + Math.Min(bytes.Length - at, 64));
        switch (random.Next(9))
        {
            case 0:   // cut off
                return bytes[..at];
            case 1:   // take out
                return [.. bytes[..at], .. bytes[(at + length)..]];
            case 2:   // repeat
                return [.. bytes[..(at + length)], .. bytes[at..]];
            case 3:   // insert noise
                var noise = new byte[random.Next(1, 9)];
                random.NextBytes(noise);
                return [.. bytes[..at], .. noise, .. bytes[at..]];
            case 4:   // splice two files
                int cut = random.Next(other.Length + 1);
                return [.. bytes[..at], .. other[cut..]];
            case 5 when random.Next(50) == 0:   // garbage from the first byte on
                var garbage = new byte[random.Next(200)];
                random.NextBytes(garbage);
                return garbage;
        }
        if (at == bytes.Length) return bytes;
        byte[] changed = [.. bytes];
        if (random.Next(8) == 0 && changed.Length >= 8)   // a field of a length, most likely at the head
        {
            int field = random.Next(2) == 0 ? 0 : random.Next(changed.Length - 7);
            BinaryPrimitives.WriteInt64LittleEndian(changed.AsSpan(field), Lengths[random.Next(Lengths.Length)]);
        }
        else if (random.Next(2) == 0)
        {
            changed[at] ^= (byte)(1 << random.Next(8));
        }
        else
        {
            changed[at] = (byte)random.Next(256);
        }
        return changed;
    }
}
