using System.Buffers.Binary;
using Dtic.MLNet.Interop;

namespace Dtic.MLNet.Tests.Interop;

[TestClass]
public sealed class ElfVersionNeedsTests
{
    // The sample: ELF header at 0, names at 64, version needs at 96, section headers at 192, end at 384.
    private const int Needs = 96;
    private const int NamesHeader = 192 + 64;
    private const int NeedsHeader = 192 + 128;
    private const int FirstFlags = Needs + 16 + 4;
    private const int SecondFlags = Needs + 32 + 4;
    private const int ThirdFlags = Needs + 64 + 4;

    [TestMethod]
    [DataRow("V_1", new[] { FirstFlags, ThirdFlags }, DisplayName = "a version that two files give")]
    [DataRow("V_10", new[] { SecondFlags }, DisplayName = "a version that begins with another's name")]
    public void TryWeaken_VersionNeeded_SetsExactlyItsWeakFlags(string version, int[] flagOffsets)
    {
        var elf = Sample();
        var expected = Sample();
        foreach (var offset in flagOffsets)
        {
            expected[offset] |= 2;
        }

        Assert.IsTrue(ElfVersionNeeds.TryWeaken(elf, version));
        CollectionAssert.AreEqual(expected, elf);
    }

    [TestMethod]
    public void TryWeaken_OtherFlagSet_KeepsIt()
    {
        var elf = Sample();
        elf[SecondFlags] = 1;

        Assert.IsTrue(ElfVersionNeeds.TryWeaken(elf, "V_10"));
        Assert.AreEqual(3, elf[SecondFlags]);
    }

    [TestMethod]
    public void TryWeaken_AlreadyWeak_ChangesNothing()
    {
        var elf = Sample();
        ElfVersionNeeds.TryWeaken(elf, "V_10");
        var once = elf.ToArray();

        Assert.IsTrue(ElfVersionNeeds.TryWeaken(elf, "V_10"));
        CollectionAssert.AreEqual(once, elf);
    }

    [TestMethod]
    [DataRow("V_", DisplayName = "only the beginning of a name")]
    [DataRow("_1", DisplayName = "only the end of a name")]
    [DataRow("V_100", DisplayName = "a name continued")]
    [DataRow("a.so", DisplayName = "a file's name")]
    public void TryWeaken_VersionNotNeeded_ReturnsFalse(string version) => AssertRefused(Sample(), version);

    [TestMethod]
    [DataRow(0, 0x7e, DisplayName = "another magic number")]
    [DataRow(4, 1, DisplayName = "32 bits")]
    [DataRow(5, 2, DisplayName = "big-endian")]
    [DataRow(6, 0, DisplayName = "no version")]
    [DataRow(0x2f, 0x80, DisplayName = "section headers beyond any file")]
    [DataRow(0x3a, 40, DisplayName = "section headers of 32 bits' size")]
    [DataRow(0x3c, 0, DisplayName = "no section headers")]
    [DataRow(0x3c, 2, DisplayName = "no version needs")]
    [DataRow(0x3c, 4, DisplayName = "one section header too many")]
    [DataRow(NeedsHeader + 0x28, 3, DisplayName = "names in a section that is not there")]
    [DataRow(NeedsHeader + 0x1f, 0xff, DisplayName = "version needs beyond any file")]
    [DataRow(NeedsHeader + 0x20, 79, DisplayName = "version needs cut inside the last record")]
    [DataRow(NeedsHeader + 0x27, 0xff, DisplayName = "version needs longer than any file")]
    [DataRow(NamesHeader + 0x20, 1, DisplayName = "names outside their section")]
    [DataRow(Needs + 8, 81, DisplayName = "first version outside")]
    [DataRow(Needs + 2, 3, DisplayName = "more versions announced than linked")]
    [DataRow(Needs + 15, 0xff, DisplayName = "next file outside")]
    [DataRow(Needs + 12, 1, DisplayName = "next file inside this one")]
    [DataRow(Needs + 16 + 15, 0xff, DisplayName = "next version outside")]
    [DataRow(Needs + 16 + 8, 32, DisplayName = "name outside")]
    public void TryWeaken_ByteMalformed_ReturnsFalseAndChangesNothing(int offset, int value)
    {
        var elf = Sample();
        elf[offset] = (byte)value;

        AssertRefused(elf, "V_1");
    }

    [TestMethod]
    public void TryWeaken_TwoVersionNeedsSections_ReturnsFalseAndChangesNothing()
    {
        var elf = Sample();
        elf.AsSpan(NeedsHeader, 64).CopyTo(elf.AsSpan(192));

        AssertRefused(elf, "V_1");
    }

    [TestMethod]
    public void TryWeaken_LinksThatWouldGoBackOrStand_ReturnFalseAndChangeNothing()
    {
        // As signed numbers these links would return to the first record: an endless loop.
        var files = Sample();
        BinaryPrimitives.WriteInt32LittleEndian(files.AsSpan(Needs + 48 + 12), -48);
        AssertRefused(files, "V_1");

        var versions = Sample();
        BinaryPrimitives.WriteInt32LittleEndian(versions.AsSpan(Needs + 32 + 12), -16);
        versions[Needs + 2] = 200;
        AssertRefused(versions, "V_1");
    }

    [TestMethod]
    public void TryWeaken_MoreRecordsLinkedThanFit_ReturnsFalseAndChangesNothing()
    {
        // Two files share two versions: 6 records are read where there is room for 5. Without a bound, links of this
        // kind would make the walk as long as the library's length squared.
        var elf = Sample();
        var needs = elf.AsSpan(Needs, 80);
        needs.Clear();
        needs[2] = 2; // first file: two versions, 32 bytes on; the next file 16 bytes on
        needs[8] = 32;
        needs[12] = 16;
        needs[18] = 2; // second file: two versions, 16 bytes on; no next file
        needs[24] = 16;
        needs[40] = 11; // V_1, the next version 16 bytes on
        needs[44] = 16;
        needs[56] = 15; // V_10, no next version

        AssertRefused(elf, "V_1");
        needs[18] = 1; // One of them shared: 5 records read.
        Assert.IsTrue(ElfVersionNeeds.TryWeaken(elf, "V_1"));
    }

    [TestMethod]
    public void TryWeaken_TruncatedAnywhere_ReturnsFalseAndChangesNothing()
    {
        var whole = Sample();
        for (var length = 0; length < whole.Length; length++)
        {
            AssertRefused(whole[..length], "V_1");
        }
    }

    [TestMethod]
    public void TryWeaken_RandomDamage_ChangesNothingButWeakFlags()
    {
        var random = new Random(7);
        var accepted = 0;
        for (var round = 0; round < 200_000; round++)
        {
            var elf = Sample();
            for (var flips = random.Next(1, 6); flips > 0; flips--)
            {
                elf[random.Next(elf.Length)] ^= (byte)(1 << random.Next(8));
            }

            var before = elf.ToArray();
            var weakened = ElfVersionNeeds.TryWeaken(elf, "V_1");
            accepted += weakened ? 1 : 0;
            var changes = elf.Zip(before, (now, then) => now ^ then).Where(change => change != 0).ToArray();
            Assert.IsTrue(weakened ? changes.Length <= 3 && changes.All(change => change == 2) : changes.Length == 0);
        }

        Assert.IsTrue(accepted is > 1000 and < 199_000, $"{accepted} of 200000 accepted: the damage tests nothing.");
    }

    private static void AssertRefused(byte[] elf, string version)
    {
        var before = elf.ToArray();
        Assert.IsFalse(ElfVersionNeeds.TryWeaken(elf, version));
        CollectionAssert.AreEqual(before, elf);
    }

    /// <summary>A library that needs V_1 and V_10 of a.so, and V_1 of b.so.</summary>
    private static byte[] Sample()
    {
        var elf = new byte[384];
        ((ReadOnlySpan<byte>)[0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]).CopyTo(elf);
        UInt64(0x28, 192); // where the section headers are
        UInt16(0x3a, 64); // size of each
        UInt16(0x3c, 3); // their number
        "\0a.so\0b.so\0V_1\0V_10\0"u8.CopyTo(elf.AsSpan(64));
        File(Needs, versions: 2, file: 1, next: 48);
        Version(Needs + 16, name: 11, next: 16);
        Version(Needs + 32, name: 15, next: 0);
        File(Needs + 48, versions: 1, file: 6, next: 0);
        Version(Needs + 64, name: 11, next: 0);
        Section(NamesHeader, type: 3, offset: 64, size: 20, link: 0);
        Section(NeedsHeader, type: 0x6ffffffe, offset: Needs, size: 80, link: 1);
        return elf;

        void UInt16(int at, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(at), value);
        void UInt32(int at, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(elf.AsSpan(at), value);
        void UInt64(int at, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(at), value);

        void File(int at, ushort versions, uint file, uint next)
        {
            UInt16(at, 1);
            UInt16(at + 2, versions);
            UInt32(at + 4, file);
            UInt32(at + 8, 16); // distance to its first version
            UInt32(at + 12, next);
        }

        void Version(int at, uint name, uint next)
        {
            UInt32(at + 8, name);
            UInt32(at + 12, next);
        }

        void Section(int at, uint type, ulong offset, ulong size, uint link)
        {
            UInt32(at + 4, type);
            UInt64(at + 0x18, offset);
            UInt64(at + 0x20, size);
            UInt32(at + 0x28, link);
        }
    }
}
