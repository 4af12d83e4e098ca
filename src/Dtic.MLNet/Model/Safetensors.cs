using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Json;
using Dtic.Transforms;

namespace Dtic.MLNet.Model;

/// <summary>
/// The safetensors format (huggingface/safetensors): a little-endian 64-bit header length, a JSON header of name to dtype, shape and byte
/// range, then the data. Only float32 here.
/// </summary>
internal static class Safetensors
{
    private const int Chunk = 1 << 22;

    public static void Write(Stream stream, IReadOnlyList<(string Name, long[] Shape, float[] Values)> tensors) =>
        Write(stream, [.. tensors.Select(tensor => new StoredTensor(tensor.Name, tensor.Shape, () => tensor.Values))]);

    /// <summary>Writes tensors that are fetched one after the other, so that they need not all be in managed memory.</summary>
    public static void Write(Stream stream, IReadOnlyList<StoredTensor> tensors)
    {
        using var header = new MemoryStream();
        using (var json = new Utf8JsonWriter(header))
        {
            long at = 0;
            json.WriteStartObject();
            json.WriteStartObject("__metadata__");
            json.WriteString("format", "pt");
            json.WriteEndObject();
            foreach (var (name, shape, _) in tensors)
            {
                json.WriteStartObject(name);
                json.WriteString("dtype", "F32");
                json.WriteStartArray("shape");
                foreach (long size in shape) json.WriteNumberValue(size);
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(at);
                json.WriteNumberValue(at += 4 * Count(shape));
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (header.Length % 8 != 0) header.WriteByte((byte)' ');   // the data stay aligned for readers that map the file
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, header.Length);
        stream.Write(length);
        header.WriteTo(stream);
        foreach (var (name, shape, fetch) in tensors)
        {
            float[] values = fetch();
            if (values.Length != Count(shape)) throw new ArgumentException($"Tensor '{name}' has {values.Length} values, its shape asks for {Count(shape)}.", nameof(tensors));
            for (int done = 0; done < values.Length; done += Math.Min(Chunk, values.Length - done)) stream.Write(Bytes(values, done));
        }
    }

    /// <summary>Reads exactly the wanted tensors; tensors nobody asked for are an error, too.</summary>
    public static Dictionary<string, float[]> Read(Stream stream, IReadOnlyDictionary<string, long[]> wanted, string file)
    {
        try
        {
            var result = new Dictionary<string, float[]>(StringComparer.Ordinal);
            long at = 0;
            foreach (var (name, shape, begin, end) in ReadHeader(stream, SavedFile.LargestHeader(wanted.Keys), file).OrderBy(e => e.Begin))
            {
                if (!wanted.TryGetValue(name, out var expected)) throw new ModelFormatException($"'{file}' holds the tensor '{ForeignText.Shown(name)}', which this model does not have.");
                if (!shape.AsSpan().SequenceEqual(expected)) throw new ModelFormatException($"'{file}': tensor '{name}' has shape [{ForeignText.Shown(string.Join(", ", shape))}], expected [{string.Join(", ", expected)}].");
                long bytes = 4 * Count(expected);
                if (begin != at || end - begin != bytes) throw new ModelFormatException($"'{file}': tensor '{name}' lies at bytes {begin} to {end} of the data, expected {at} to {at + bytes}.");
                result.Add(name, ReadFloats(stream, bytes / 4, file, name));
                at = end;
            }
            foreach (string name in wanted.Keys)
                if (!result.ContainsKey(name)) throw new ModelFormatException($"'{file}' lacks the tensor '{name}'.");
            if (stream.ReadByte() >= 0) throw new ModelFormatException($"'{file}' goes on behind its last tensor.");
            return result;
        }
        catch (EndOfStreamException)
        {
            throw new ModelFormatException($"'{file}' is truncated.");
        }
    }

    private static long Count(long[] shape) => shape.Aggregate(1L, (a, b) => a * b);

    private static List<(string Name, long[] Shape, long Begin, long End)> ReadHeader(Stream stream, long longest, string file)
    {
        var bytes = new byte[8];
        stream.ReadExactly(bytes);
        long length = BinaryPrimitives.ReadInt64LittleEndian(bytes);
        if (length < 2 || length > longest) throw new ModelFormatException($"'{file}' is not a safetensors file: its header would be {length} bytes long.");
        var header = ReadBytes(stream, length);
        var tensors = new List<(string, long[], long, long)>();
        try
        {
            using var json = JsonDocument.Parse(header, new JsonDocumentOptions { AllowDuplicateProperties = false });
            foreach (var entry in json.RootElement.EnumerateObject())
            {
                if (entry.Name == "__metadata__") continue;
                string? type = entry.Value.GetProperty("dtype").GetString();
                if (type != "F32") throw new ModelFormatException($"'{file}': tensor '{ForeignText.Shown(entry.Name)}' is of type {ForeignText.Shown(type ?? "null")}, expected F32.");
                var offsets = entry.Value.GetProperty("data_offsets");
                long[] shape = [.. entry.Value.GetProperty("shape").EnumerateArray().Select(e => e.GetInt64())];
                tensors.Add((entry.Name, shape, offsets[0].GetInt64(), offsets[1].GetInt64()));
            }
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or IndexOutOfRangeException or FormatException and not ModelFormatException)
        {
            throw new ModelFormatException($"'{file}' has a broken safetensors header: {ForeignText.Shown(e)}");
        }
        return tensors;
    }

    private static float[] ReadFloats(Stream stream, long count, string file, string name)
    {
        if (count > Array.MaxLength) throw new ModelFormatException($"'{file}': tensor '{name}' has {count} values, expected at most {Array.MaxLength}.");
        // Memory grows with what is really there: a header alone cannot ask for gigabytes.
        var values = new float[Math.Min(count, Chunk)];
        for (int done = 0; ;)
        {
            for (; done < values.Length; done += Math.Min(Chunk, values.Length - done)) stream.ReadExactly(Bytes(values, done));
            if (done == count) break;
            Array.Resize(ref values, (int)Math.Min(count, 2L * done));
        }
        foreach (float value in values)
            if (!float.IsFinite(value)) throw new ModelFormatException($"'{file}': tensor '{name}' holds a value that is not a finite number.");
        return values;
    }

    /// <summary>The next values' bytes: a span does not hold those of all, where they are more than 2 GiB.</summary>
    private static Span<byte> Bytes(float[] values, int begin) => MemoryMarshal.AsBytes(values.AsSpan(begin, Math.Min(Chunk, values.Length - begin)));

    private static byte[] ReadBytes(Stream stream, long count)
    {
        var bytes = new byte[Math.Min(count, Chunk)];
        for (int done = 0; ;)
        {
            stream.ReadExactly(bytes.AsSpan(done));
            done = bytes.Length;
            if (done == count) return bytes;
            Array.Resize(ref bytes, (int)Math.Min(count, 2L * done));
        }
    }
}

/// <summary>A float32 tensor to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Fetches its values, row by row.</param>
internal readonly record struct StoredTensor(string Name, long[] Shape, Func<float[]> Values);
