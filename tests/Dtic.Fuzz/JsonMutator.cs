using System.Text;
using System.Text.Json;

namespace Dtic.Fuzz;

/// <summary>Spoils JSON so that it mostly stays JSON: values, keys and their order change; keys come twice; numbers are huge and nesting is deep.</summary>
internal static class JsonMutator
{
    private static readonly byte[][] Values =
    [
        .. new[]
        {
            "null", "true", "0", "-0", "-1", "1", "2", "1.5", "1e999", "-1e999", "1e-400", "1e-46", "1.0000000001", "2147483647", "2147483648", "-2147483648", "9223372036854775807",
            "18446744073709551616", "123456789012345678901234567890", "\"\"", "\" \"", "\"0\"", "\"NaN\"", "\"\\ud800\"", "\"\\u0000\"", "\"../../etc/passwd\"", "\"[SUM]\"", "{}", "[]", "[null]",
            "[[]]", "\"\\u001b[2J\\u202e\\n\"", "\"F32\"", "\"F64\"", "\"I64\"", "\"Packed\"", "\"RowOrder\"", "[4294967296,4294967296]", "[0,9223372036854775807]", "[-1,-1]", "[2147483648,2147483648,2147483648]",
        }.Select(Encoding.UTF8.GetBytes),
        [.. Enumerable.Repeat((byte)'[', 60), .. Enumerable.Repeat((byte)']', 60)],
        [.. Enumerable.Repeat((byte)'[', 3000), .. Enumerable.Repeat((byte)']', 3000)],
        [(byte)'"', .. Enumerable.Repeat((byte)'x', 5000), (byte)'"'],
        [(byte)'"', 0xC3, 0x28, (byte)'"'],   // no UTF-8
    ];

    /// <summary>One to three changes; bytes that are no JSON are spoiled as bytes.</summary>
    public static byte[] Mutate(Random random, byte[] json, byte[] other)
    {
        for (int change = random.Next(1, 4); change > 0; change--)
        {
            var spans = Spans(json);
            if (spans.Count == 0) return ByteMutator.Mutate(random, json, other);
            json = Change(random, json, spans, other);
        }
        return json;
    }

    private static byte[] Change(Random random, byte[] json, List<Span> spans, byte[] other)
    {
        var span = spans[random.Next(spans.Count)];
        byte[] before = json[..span.Start], value = json[span.Value..span.End], after = json[span.End..];
        switch (random.Next(7))
        {
            case 0:   // one of the file's own values, or of another file's
                byte[] source = random.Next(2) == 0 ? json : other;
                var found = ReferenceEquals(source, json) ? spans : Spans(other);
                if (found.Count == 0) goto default;
                var taken = found[random.Next(found.Count)];
                return [.. json[..span.Value], .. source[taken.Value..taken.End], .. after];
            case 1:   // take out, with its comma
                return after.Length > 0 && after[0] == ',' ? [.. before, .. after[1..]] : [.. before[..Math.Max(0, before.AsSpan().TrimEnd(" \n\r\t"u8).Length - 1)], .. after];
            case 2:   // the same twice, key and all
                return [.. json[..span.End], (byte)',', .. json[span.Start..span.End], .. after];
            case 3 when span.Start < span.Value:   // another key, or one of a sibling
                var sibling = spans[random.Next(spans.Count)];
                byte[] key = sibling.Start < sibling.Value ? json[sibling.Start..sibling.Value] : "\"key\":"u8.ToArray();
                return [.. before, .. key, .. value, .. after];
            case 4 when int.TryParse(value, out int number):   // near the number it was
                return [.. json[..span.Value], .. Encoding.UTF8.GetBytes((number + random.Next(-2, 3)).ToString(System.Globalization.CultureInfo.InvariantCulture)), .. after];
            case 5:   // wrapped
                return [.. json[..span.Value], (byte)'[', .. value, (byte)']', .. after];
            default:
                return [.. json[..span.Value], .. Values[random.Next(Values.Length)], .. after];
        }
    }

    /// <summary>Where the values stand, the outermost excepted, each with its key; up to where the text stops being JSON.</summary>
    private static List<Span> Spans(byte[] json)
    {
        var spans = new List<Span>();
        var open = new Stack<(int Start, int Value)>();
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { AllowMultipleValues = true, MaxDepth = 64 });
        int key = -1;
        try
        {
            while (reader.Read())
            {
                int start = (int)reader.TokenStartIndex, end = (int)reader.BytesConsumed;
                switch (reader.TokenType)
                {
                    case JsonTokenType.PropertyName:
                        key = start;
                        continue;
                    case JsonTokenType.StartObject or JsonTokenType.StartArray:
                        open.Push((key < 0 ? start : key, start));
                        break;
                    case JsonTokenType.EndObject or JsonTokenType.EndArray:
                        var (from, value) = open.Pop();
                        if (open.Count > 0) spans.Add(new Span(from, value, end));
                        break;
                    default:
                        if (open.Count > 0) spans.Add(new Span(key < 0 ? start : key, start, end));
                        break;
                }
                key = -1;
            }
        }
        catch (JsonException)
        {
            // What was found before will do.
        }
        return spans;
    }

    /// <param name="Start">The first byte of the key, or of the value where it has none.</param>
    /// <param name="Value">The first byte of the value.</param>
    /// <param name="End">Behind its last byte.</param>
    private readonly record struct Span(int Start, int Value, int End);
}
