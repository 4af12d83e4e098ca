using System.Buffers.Binary;
using System.Text;

namespace Dtic.MLNet.Interop;

/// <summary>Edits the symbol versions that an ELF library (64 bits, little-endian) demands of other libraries.</summary>
/// <remarks>
/// Layout and names follow the "Symbol Versioning" chapter of the Linux Standard Base: section .gnu.version_r is a
/// linked list of needed files (Verneed), each with a linked list of needed versions (Vernaux). All links are unsigned
/// distances from the record that holds them, so that a walk only moves forward and ends at the section's end.
/// </remarks>
internal static class ElfVersionNeeds
{
    private const int FileHeaderSize = 64;
    private const int SectionHeaderSize = 64;
    private const int RecordSize = 16;
    private const uint VersionNeedsSection = 0x6ffffffe;
    private const ushort WeakFlag = 2;

    /// <summary>
    /// Makes the demand for <paramref name="version"/> weak: the dynamic loader then warns about a missing version
    /// where it used to refuse the library.
    /// </summary>
    /// <returns>
    /// Whether the library demands that version. <see langword="false"/>, with <paramref name="elf"/> untouched, also
    /// when the bytes are not a well-formed library.
    /// </returns>
    public static bool TryWeaken(Span<byte> elf, string version)
    {
        if (!TryFindVersionNeeds(elf, out var needs, out var names))
        {
            return false;
        }

        List<int> flagOffsets = [];
        if (!TryCollectFlags(needs, names, Encoding.UTF8.GetBytes(version + '\0'), flagOffsets))
        {
            return false;
        }

        foreach (var offset in flagOffsets)
        {
            var flags = needs[offset..];
            BinaryPrimitives.WriteUInt16LittleEndian(flags, (ushort)(UInt16(flags, 0) | WeakFlag));
        }

        return flagOffsets.Count > 0;
    }

    private static bool TryFindVersionNeeds(Span<byte> elf, out Span<byte> needs, out Span<byte> names)
    {
        needs = names = default;
        // Magic number, 64 bits, little-endian, current version.
        if (elf.Length < FileHeaderSize || !elf.StartsWith((ReadOnlySpan<byte>)[0x7f, 0x45, 0x4c, 0x46, 2, 1, 1])
            || UInt16(elf, 0x3a) != SectionHeaderSize)
        {
            return false;
        }

        int count = UInt16(elf, 0x3c);
        if (!TrySlice(elf, UInt64(elf, 0x28), (ulong)count * SectionHeaderSize, out var headers))
        {
            return false;
        }

        var found = -1;
        for (var i = 0; i < count; i++)
        {
            if (UInt32(headers, i * SectionHeaderSize + 4) != VersionNeedsSection)
            {
                continue;
            }

            if (found >= 0)
            {
                return false; // The format allows one.
            }

            found = i;
        }

        if (found < 0)
        {
            return false;
        }

        var link = UInt32(headers, found * SectionHeaderSize + 0x28);
        return link < count
            && TrySection(elf, headers, found, out needs)
            && TrySection(elf, headers, (int)link, out names);
    }

    private static bool TryCollectFlags(
        ReadOnlySpan<byte> needs, ReadOnlySpan<byte> names, ReadOnlySpan<byte> wanted, List<int> flagOffsets)
    {
        // Honest records do not overlap, so there are no more than fit side by side; overlapping ones could make the
        // walk quadratic.
        var recordsLeft = needs.Length / RecordSize;
        long file = 0;
        for (uint next = 1; next != 0; file += next)
        {
            if (!TryRecord(needs, file, ref recordsLeft, out var need))
            {
                return false;
            }

            next = UInt32(need, 12);
            var entry = file + UInt32(need, 8);
            for (int left = UInt16(need, 2); left > 0; left--)
            {
                if (!TryRecord(needs, entry, ref recordsLeft, out var record))
                {
                    return false;
                }

                var name = UInt32(record, 8);
                if (name >= names.Length)
                {
                    return false;
                }

                if (names[(int)name..].StartsWith(wanted))
                {
                    flagOffsets.Add((int)entry + 4);
                }

                var step = UInt32(record, 12);
                if (step == 0 && left > 1)
                {
                    return false;
                }

                entry += step;
            }
        }

        return true;
    }

    private static bool TryRecord(
        ReadOnlySpan<byte> needs, long offset, ref int recordsLeft, out ReadOnlySpan<byte> record)
    {
        var inside = recordsLeft-- > 0 && offset <= needs.Length - RecordSize;
        record = inside ? needs.Slice((int)offset, RecordSize) : default;
        return inside;
    }

    private static bool TrySection(Span<byte> elf, ReadOnlySpan<byte> headers, int index, out Span<byte> section)
    {
        var header = headers.Slice(index * SectionHeaderSize, SectionHeaderSize);
        return TrySlice(elf, UInt64(header, 0x18), UInt64(header, 0x20), out section);
    }

    private static bool TrySlice(Span<byte> bytes, ulong offset, ulong length, out Span<byte> slice)
    {
        var size = (ulong)bytes.Length;
        var inside = offset <= size && length <= size - offset;
        slice = inside ? bytes.Slice((int)offset, (int)length) : default;
        return inside;
    }

    private static ushort UInt16(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt16LittleEndian(bytes[offset..]);

    private static uint UInt32(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt32LittleEndian(bytes[offset..]);

    private static ulong UInt64(ReadOnlySpan<byte> bytes, int offset) =>
        BinaryPrimitives.ReadUInt64LittleEndian(bytes[offset..]);
}
