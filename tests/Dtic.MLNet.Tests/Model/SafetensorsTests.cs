using System.Buffers.Binary;
using System.Text;
using Dtic.MLNet.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Tests.Model;

[TestClass]
public sealed class SafetensorsTests
{
    private const string LiteralHeader =
        """{"__metadata__":{"format":"pt"},"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,1],"data_offsets":[8,12]}} """;

    private static readonly Dictionary<string, long[]> Wanted = new() { ["a"] = [2], ["b"] = [1, 1] };

    [TestMethod]
    public void Write_TwoTensors_IsTheLiteralFile()
    {
        using var stream = new MemoryStream();

        Safetensors.Write(stream, [("a", [2L], [1f, -2f]), ("b", [1L, 1L], [0.5f])]);

        byte[] expected = File(LiteralHeader.PadRight((LiteralHeader.Length + 6) / 8 * 8), 1, -2, 0.5f);
        Assert.AreEqual(Encoding.Latin1.GetString(expected), Encoding.Latin1.GetString(stream.ToArray()));
        Assert.AreEqual(0, BinaryPrimitives.ReadInt64LittleEndian(expected) % 8);
    }

    [TestMethod]
    public void Read_LiteralFile_ReturnsTheTensors()
    {
        var tensors = Read(File(LiteralHeader, 1, -2, 0.5f));

        CollectionAssert.AreEqual(new[] { 1f, -2f }, tensors["a"]);
        CollectionAssert.AreEqual(new[] { 0.5f }, tensors["b"]);
    }

    [TestMethod]
    public void Read_WhatWasWritten_IsBitwiseEqual()
    {
        var random = new Random(1);
        float[] large = [.. Enumerable.Range(0, 5_000_000).Select(_ => (float)random.NextDouble())];   // more than one chunk
        float[] special = [0f, -0f, float.MaxValue, float.Epsilon];
        using var stream = new MemoryStream();
        Safetensors.Write(stream, [("large", [1000L, 5000L], large), ("special", [4L], special), ("empty", [0L], [])]);
        stream.Position = 0;

        var read = Safetensors.Read(stream, new Dictionary<string, long[]> { ["special"] = [4], ["empty"] = [0], ["large"] = [1000, 5000] }, "f");

        Assert.IsTrue(large.AsSpan().SequenceEqual(read["large"]));
        CollectionAssert.AreEqual(special.Select(BitConverter.SingleToInt32Bits).ToArray(), read["special"].Select(BitConverter.SingleToInt32Bits).ToArray());
        Assert.IsEmpty(read["empty"]);
    }

    [TestMethod]
    public void Write_MoreBytesThanASpanHolds_WritesThem()
    {
        long count = (int.MaxValue / sizeof(float)) + 1L;
        using var stream = new CountingStream();

        Safetensors.Write(stream, [new StoredTensor("embeddings", [count], () => new float[count])]);

        Assert.IsGreaterThan(4 * count, stream.Length);
    }

    [TestMethod]
    public void Read_TruncatedAnywhere_Throws()
    {
        byte[] file = File(LiteralHeader, 1, -2, 0.5f);
        for (int length = 0; length < file.Length; length++)
        {
            Assert.AreEqual("'m.safetensors' is truncated.", Failure(file[..length]), $"{length} bytes");
        }
    }

    [TestMethod]
    [DataRow(long.MaxValue, "'m.safetensors' is not a safetensors file: its header would be 9223372036854775807 bytes long.")]
    [DataRow(5_000_000_000_000, "'m.safetensors' is not a safetensors file: its header would be 5000000000000 bytes long.")]
    [DataRow(1, "'m.safetensors' is not a safetensors file: its header would be 1 bytes long.")]
    [DataRow(-1, "'m.safetensors' is not a safetensors file: its header would be -1 bytes long.")]
    [DataRow(99_000_000, "'m.safetensors' is not a safetensors file: its header would be 99000000 bytes long.")]
    public void Read_AbsurdHeaderLength_Throws(long length, string message)
    {
        byte[] file = File(LiteralHeader, 1, -2, 0.5f);
        BinaryPrimitives.WriteInt64LittleEndian(file, length);

        Assert.AreEqual(message, Failure(file));
    }

    [TestMethod]
    public void Read_TensorOfTerabytes_ThrowsWithoutAskingForThem()
    {
        byte[] file = File("""{"a":{"dtype":"F32","shape":[1000000000000],"data_offsets":[0,4000000000000]}}""");
        byte[] gigabytes = File("""{"a":{"dtype":"F32","shape":[1000000000],"data_offsets":[0,4000000000]}}""");
        long before = GC.GetAllocatedBytesForCurrentThread();

        Assert.AreEqual(
            "'m.safetensors': tensor 'a' has 1000000000000 values, expected at most 2147483591.",
            Failure(file, new() { ["a"] = [1_000_000_000_000] }));
        Assert.AreEqual("'m.safetensors' is truncated.", Failure(gigabytes, new() { ["a"] = [1_000_000_000] }));

        Assert.IsLessThan(64_000_000, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [TestMethod]
    [DataRow("""{"a":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]}}""", "'m.safetensors': tensor 'a' has shape [1, 2], expected [2].")]
    [DataRow("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", "'m.safetensors': tensor 'a' has shape [], expected [2].")]
    [DataRow("""{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}""", "'m.safetensors': tensor 'a' is of type BF16, expected F32.")]
    [DataRow("""{"c":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "'m.safetensors' holds the tensor 'c', which this model does not have.")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""", "'m.safetensors' lacks the tensor 'b'.")]
    [DataRow("{}", "'m.safetensors' lacks the tensor 'a'.")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}""", "'m.safetensors' has a broken safetensors header: Duplicate property 'a' encountered during deserialization.")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1,1],"data_offsets":[4,8]}}""", "'m.safetensors': tensor 'b' lies at bytes 4 to 8 of the data, expected 8 to 12.")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", "'m.safetensors': tensor 'a' lies at bytes 4 to 12 of the data, expected 0 to 8.")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""", "'m.safetensors': tensor 'a' lies at bytes 0 to 4 of the data, expected 0 to 8.")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}""", "'m.safetensors': tensor 'a' lies at bytes -8 to 0 of the data, expected 0 to 8.")]
    public void Read_WrongTensor_ThrowsNamingIt(string header, string message)
    {
        Assert.AreEqual(message, Failure(File(header, 1, 2, 3, 4)));
    }

    [TestMethod]
    [DataRow("[]")]
    [DataRow("not json")]
    [DataRow("""{"a":1}""")]
    [DataRow("""{"a":{}}""")]
    [DataRow("""{"a":{"dtype":1,"shape":[2],"data_offsets":[0,8]}}""")]
    [DataRow("""{"a":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}""")]
    [DataRow("""{"a":{"dtype":"F32","shape":["2"],"data_offsets":[0,8]}}""")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2.5],"data_offsets":[0,8]}}""")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0]}}""")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":{}}}""")]
    [DataRow("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,1e300]}}""")]
    public void Read_BrokenHeader_ThrowsNamingTheFile(string header)
    {
        Assert.StartsWith("'m.safetensors' has a broken safetensors header: ", Failure(File(header, 1, 2)));
    }

    [TestMethod]
    public void Read_MoreThanTheTensors_Throws()
    {
        Assert.AreEqual("'m.safetensors' goes on behind its last tensor.", Failure(File(LiteralHeader, 1, -2, 0.5f, 7)));
    }

    [TestMethod]
    [DataRow(float.NaN)]
    [DataRow(float.PositiveInfinity)]
    public void Read_WeightThatIsNoNumber_ThrowsNamingTheTensor(float value)
    {
        Assert.AreEqual("'m.safetensors': tensor 'b' holds a value that is not a finite number.", Failure(File(LiteralHeader, 1, -2, value)));
    }

    [TestMethod]
    public void Read_RandomlyDamagedFiles_ThrowsModelFormatExceptionOrReadsThem()
    {
        byte[] file = File(LiteralHeader, 1, -2, 0.5f);
        var random = new Random(1);
        int failures = 0;
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int round = 0; round < 4000; round++)
        {
            byte[] damaged = [.. file];
            for (int flips = random.Next(1, 4); flips > 0; flips--)
            {
                // Not the length's bytes of millions: a header that size is within the format, and rightly asked for in chunks.
                int at = random.Next(file.Length - 6);
                damaged[at < 2 ? at : at + 6] ^= (byte)random.Next(1, 256);
            }

            try
            {
                Read(damaged);
            }
            catch (ModelFormatException)
            {
                failures++;
            }
        }

        Assert.IsGreaterThan(2000, failures);
        Assert.IsLessThan(1L << 30, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static byte[] File(string header, params float[] values)
    {
        byte[] json = Encoding.UTF8.GetBytes(header);
        var file = new byte[8 + json.Length + (4 * values.Length)];
        BinaryPrimitives.WriteInt64LittleEndian(file, json.Length);
        json.CopyTo(file, 8);
        Buffer.BlockCopy(values, 0, file, 8 + json.Length, 4 * values.Length);
        return file;
    }

    private static Dictionary<string, float[]> Read(byte[] file) => Safetensors.Read(new MemoryStream(file), Wanted, "m.safetensors");

    private static string Failure(byte[] file, Dictionary<string, long[]>? wanted = null) =>
        Assert.ThrowsExactly<ModelFormatException>(() => Safetensors.Read(new MemoryStream(file), wanted ?? Wanted, "m.safetensors")).Message;

    /// <summary>Counts what is written to it.</summary>
    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => _length;

        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => _length += count;

        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
