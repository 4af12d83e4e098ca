using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dtic.MLNet.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>
/// The layout of a checkpoint: 8 bytes that say what it is, the length of the JSON part, that part, the tensors as safetensors, and the SHA-256 of all before it.
/// One file, so that no half of a checkpoint can be newer than the other; the hash is checked before anything else is believed.
/// </summary>
internal static class CheckpointFile
{
    private const int HashLength = SHA256.HashSizeInBytes, LargestJson = 1 << 26;

    private static ReadOnlySpan<byte> Magic => "DticCkp1"u8;

    public static void Write(Stream stream, CheckpointContent content, IReadOnlyList<StoredTensor> tensors)
    {
        using var sha = SHA256.Create();
        using (var hashed = new CryptoStream(stream, sha, CryptoStreamMode.Write, leaveOpen: true))
        {
            byte[] json = JsonSerializer.SerializeToUtf8Bytes(content, CheckpointJson.Default.CheckpointContent);
            var length = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
            hashed.Write(Magic);
            hashed.Write(length);
            hashed.Write(json);
            Safetensors.Write(hashed, tensors);
        }
        stream.Write(sha.Hash!);
    }

    /// <summary>Reads a checkpoint.</summary>
    /// <param name="stream">The file, which can be read twice.</param>
    /// <param name="file">Its name, for messages.</param>
    /// <param name="check">Is shown the run's description, before anything that another version may have written otherwise; may refuse it.</param>
    /// <param name="shapes">Says which tensors belong to the content.</param>
    /// <exception cref="ModelFormatException">The file is truncated, damaged, or not a checkpoint.</exception>
    /// <exception cref="CheckpointMismatchException">It is whole, but of another format version.</exception>
    public static (CheckpointContent Content, Dictionary<string, float[]> Tensors) Read(
        Stream stream, string file, Action<JsonObject> check, Func<CheckpointContent, IReadOnlyDictionary<string, long[]>> shapes)
    {
        long end = stream.Length - HashLength;
        if (end < Magic.Length + 8) throw new ModelFormatException($"'{file}' is truncated: {stream.Length} bytes are no checkpoint.");
        var found = SHA256.HashData(new Section(stream, end));
        var expected = new byte[HashLength];
        stream.ReadExactly(expected);
        if (!found.AsSpan().SequenceEqual(expected)) throw new ModelFormatException($"'{file}' is damaged: its SHA-256 is not the one at its end.");

        stream.Position = 0;
        using var body = new Section(stream, end);
        var start = new byte[Magic.Length + 8];
        body.ReadExactly(start);
        if (!start.AsSpan(0, Magic.Length - 1).SequenceEqual(Magic[..^1])) throw new ModelFormatException($"'{file}' is not a checkpoint.");
        if (start[Magic.Length - 1] != Magic[^1])
            throw new CheckpointMismatchException($"'{file}' is of checkpoint format {ForeignText.Shown(((char)start[Magic.Length - 1]).ToString())}; this version of Dtic goes on from format {(char)Magic[^1]}.");
        long length = BinaryPrimitives.ReadInt64LittleEndian(start.AsSpan(Magic.Length));
        if (length < 2 || length > Math.Min(LargestJson, end - start.Length)) throw new ModelFormatException($"'{file}' is no checkpoint: its description would be {length} bytes long.");
        var json = new byte[length];
        body.ReadExactly(json);
        CheckpointContent content;
        try
        {
            var root = JsonNode.Parse(json) as JsonObject;
            check(root?["Run"] as JsonObject ?? throw new ModelFormatException($"'{file}' has a broken description: it names no run."));
            content = root.Deserialize(CheckpointJson.Default.CheckpointContent)!;
        }
        // The latter two of a name that stands twice, and of text that is no text.
        catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException and not CheckpointMismatchException)
        {
            throw new ModelFormatException($"'{file}' has a broken description: {ForeignText.Shown(e)}", e);
        }
        if (content.Curve.Contains(null)) throw new ModelFormatException($"'{file}' has a broken description: a span of the curve is missing.");
        if (content.Contradiction() is { } contradiction) throw new ModelFormatException($"'{file}' contradicts itself: {contradiction}");
        return (content, Safetensors.Read(body, shapes(content), file));
    }

    /// <summary>The part of a stream from where it stands up to a position.</summary>
    private sealed class Section(Stream stream, long end) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer) => stream.Read(buffer[..(int)Math.Min(buffer.Length, end - stream.Position)]);

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
