using System.Text.Json;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Reads tokenizer.json. It takes from the file what cannot be computed (columns, values, edges, merges), makes the vocabulary of it,
/// and then compares the whole file with what that vocabulary would be written as: whatever the file says twice is checked, ids above all.
/// </summary>
internal sealed class TokenizerJsonReader
{
    private const int MaximumBytes = 1 << 29;
    private const int MaximumDepth = 16;

    private readonly string _file;

    private TokenizerJsonReader(string file) => _file = file;

    public static Vocabulary Read(Stream stream, string name)
    {
        var reader = new TokenizerJsonReader(name);
        var options = new JsonDocumentOptions { MaxDepth = MaximumDepth, AllowDuplicateProperties = false };
        try
        {
            using var document = JsonDocument.Parse(reader.ReadBytes(stream), options);
            return reader.Read(document.RootElement);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: strings that are no UTF-16
        {
            throw new ModelFormatException($"'{name}' is not a vocabulary: {e.Message}", e);
        }
    }

    private byte[] ReadBytes(Stream stream)
    {
        using var bytes = new MemoryStream();
        byte[] buffer = new byte[81_920];
        for (int read; (read = stream.Read(buffer)) > 0;)
        {
            bytes.Write(buffer, 0, read);
            if (bytes.Length > MaximumBytes)
            {
                throw Wrong($"has more than {MaximumBytes} bytes; no vocabulary of Dtic is that large");
            }
        }
        return bytes.ToArray();
    }

    private Vocabulary Read(JsonElement root)
    {
        var own = Property(root, "dtic", JsonValueKind.Object);
        int version = Integer(own, "version");
        if (version != TokenizerJsonWriter.FormatVersion)
        {
            throw Wrong($"has format version {version}, expected {TokenizerJsonWriter.FormatVersion}. Update the package if the file is newer");
        }

        var categories = new List<(string, IReadOnlyList<string>)>();
        var numbers = new List<(string, double[])>();
        var names = AddedTokens(root);
        int next = SpecialToken.Count;
        foreach (var column in Property(own, "columns", JsonValueKind.Array).EnumerateArray())
        {
            string name = Text(column, "name"), kind = Text(column, "kind");
            int count = Integer(column, "tokenCount");
            if (count < 1 || count > names.Count - next)
            {
                throw Wrong($"gives column '{name}' {count} tokens, but has {names.Count - next} added tokens left for it");
            }
            if (kind == TokenizerJsonWriter.CategoryKind && numbers.Count == 0 && categories.TrueForAll(other => other.Item1 != name))
            {
                categories.Add((name, Values(name, names.GetRange(next + 1, count - 1))));
            }
            else if (kind == TokenizerJsonWriter.NumberKind && numbers.TrueForAll(other => other.Item1 != name))
            {
                numbers.Add((name, Edges(column, name)));
            }
            else
            {
                throw Wrong($"has a column '{name}' of kind '{kind}', expected each name once, those of kind '{TokenizerJsonWriter.CategoryKind}' first and those of kind '{TokenizerJsonWriter.NumberKind}' behind them");
            }
            next += count;
        }
        bool hasText = Property(own, "text", null).ValueKind != JsonValueKind.Null;
        var merges = hasText ? Merges(root, names) : null;
        var vocabulary = new Vocabulary(categories, numbers, merges == null ? null : _ => merges);
        CheckAgainst(vocabulary, root);
        return vocabulary;
    }

    private List<string> AddedTokens(JsonElement root)
    {
        var names = new List<string>();
        foreach (var token in Property(root, "added_tokens", JsonValueKind.Array).EnumerateArray())
        {
            names.Add(Text(token, "content"));
        }
        if (names.Count < SpecialToken.Count)
        {
            throw Wrong($"has {names.Count} added tokens, expected {string.Join(", ", SpecialToken.Names)} at least");
        }
        return names;
    }

    private List<string> Values(string column, List<string> names)
    {
        string prefix = TokenNames.CategoryPrefix(column);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var values = new List<string>(names.Count);
        foreach (string name in names)
        {
            string value = name.StartsWith(prefix, StringComparison.Ordinal) ? TokenNames.Value(name[prefix.Length..]) : "";
            if (value.Length == 0 || !seen.Add(value))
            {
                throw Wrong($"has the added token '{name}' among those of column '{column}', expected '{prefix}' and a value, each once");
            }
            values.Add(value);
        }
        return values;
    }

    private double[] Edges(JsonElement column, string name)
    {
        var edges = new List<double>();
        foreach (var edge in Property(column, "edges", JsonValueKind.Array).EnumerateArray())
        {
            if (edge.ValueKind != JsonValueKind.Number || !edge.TryGetDouble(out double value) || !double.IsFinite(value) || edges.Count > 0 && value <= edges[^1])
            {
                throw Wrong($"has the bin edge {Shown(edge)} in column '{name}', expected finite ascending numbers");
            }
            edges.Add(value);
        }
        return [.. edges];
    }

    private List<SubwordMerge> Merges(JsonElement root, List<string> names)
    {
        var subwords = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int value = 0; value < ByteAlphabet.Size; value++)
        {
            subwords.Add(ByteAlphabet.Letter((byte)value), value);
        }
        var reserved = new HashSet<string>(names, StringComparer.Ordinal);
        var merges = new List<SubwordMerge>();
        long length = ByteAlphabet.Size;
        foreach (var merge in Property(Property(root, "model", JsonValueKind.Object), "merges", JsonValueKind.Array).EnumerateArray())
        {
            string text = merge.ValueKind == JsonValueKind.String ? merge.GetString()! : "";
            int space = Math.Max(text.IndexOf(' ', StringComparison.Ordinal), 0);
            string left = text[..space], right = text[Math.Min(space + 1, text.Length)..], spelling = left + right;
            if (!subwords.TryGetValue(left, out int first) || !subwords.TryGetValue(right, out int second) || reserved.Contains(spelling) || !subwords.TryAdd(spelling, subwords.Count))
            {
                throw Wrong($"has the merge {Shown(merge)} at position {merges.Count}, expected two earlier subwords that make a new one");
            }
            if ((length += spelling.Length) > MaximumBytes)
            {
                throw Wrong("has merges that grow without bound");
            }
            merges.Add(new SubwordMerge(first, second));
        }
        return merges;
    }

    private void CheckAgainst(Vocabulary vocabulary, JsonElement root)
    {
        using var expected = JsonDocument.Parse(TokenizerJsonWriter.Write(vocabulary));
        foreach (var property in expected.RootElement.EnumerateObject())
        {
            if (!root.TryGetProperty(property.Name, out var found))
            {
                throw Wrong($"lacks the property '{property.Name}'");
            }
            if (!JsonElement.DeepEquals(property.Value, found))
            {
                throw Wrong($"contradicts itself: '{property.Name}' is not what the columns, values, edges and merges in the file make it");
            }
        }
        foreach (var property in root.EnumerateObject())
        {
            if (!expected.RootElement.TryGetProperty(property.Name, out _))
            {
                throw Wrong($"has a property '{property.Name}' that this version does not know");
            }
        }
    }

    private JsonElement Property(JsonElement element, string name, JsonValueKind? kind)
    {
        if (element.ValueKind != JsonValueKind.Object || !element.TryGetProperty(name, out var value))
        {
            throw Wrong($"lacks the property '{name}'");
        }
        return kind == null || value.ValueKind == kind ? value : throw Wrong($"has '{name}' of kind {value.ValueKind}, expected {kind}");
    }

    private string Text(JsonElement element, string name) => Property(element, name, JsonValueKind.String).GetString()!;

    private int Integer(JsonElement element, string name)
    {
        var value = Property(element, name, JsonValueKind.Number);
        return value.TryGetInt32(out int number) ? number : throw Wrong($"has '{name}' = {Shown(value)}, expected a 32-bit integer");
    }

    /// <summary>A value of the file in a message; a hostile one may be long.</summary>
    private static string Shown(JsonElement value)
    {
        string text = value.GetRawText();
        return text.Length <= 60 ? text : text[..60] + "...";
    }

    private ModelFormatException Wrong(string what) => new($"'{_file}' {what}.");
}
