using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text.Json;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Reads tokenizer.json. It takes from the file what cannot be computed (columns, values, edges, merges), makes the vocabulary of it,
/// and then compares the whole file with what that vocabulary would be written as: whatever the file says twice is checked, ids above all.
/// </summary>
/// <remarks>The file is read token by token, a second time where it was not written by us: memory holds what the vocabulary needs, and nothing of what it does not.</remarks>
internal sealed class TokenizerJsonReader
{
    private const int MaximumDepth = 16;

    // Words have 64 characters and a space at most, characters four bytes, bytes one letter.
    private const int LongestSubword = 4 * 65;

    private readonly string _file;
    private readonly List<string> _names = [];
    private readonly HashSet<string> _reserved = new(StringComparer.Ordinal);
    private readonly List<Column> _columns = [];
    private List<SubwordMerge>? _merges;
    private int? _version;
    private bool? _hasText;

    private TokenizerJsonReader(string file) => _file = file;

    public static Vocabulary Read(Stream stream, string name)
    {
        var reader = new TokenizerJsonReader(name);
        long begin = stream.Position;
        if (stream.Length - begin > SavedFile.LargestVocabulary)
        {
            throw reader.Wrong(FormattableString.Invariant($"is longer than a vocabulary can be ({SavedFile.LargestVocabulary:N0} bytes)"));
        }
        try
        {
            reader.Collect(new JsonTokens(stream, MaximumDepth));
            var vocabulary = reader.Build();
            stream.Position = begin;
            if (Convert.ToHexStringLower(SHA256.HashData(stream)) != vocabulary.Hash)   // else it is what was written, byte by byte
            {
                stream.Position = begin;
                reader.Compare(new JsonTokens(stream, MaximumDepth), vocabulary);
            }
            return vocabulary;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)   // the latter: strings that are no UTF-16
        {
            throw new ModelFormatException($"'{name}' is not a vocabulary: {ForeignText.Shown(e)}");
        }
    }

    private void Collect(JsonTokens json)
    {
        json.Read();
        if (json.Type != JsonTokenType.StartObject)
        {
            throw Wrong("is not a vocabulary: it holds no object");
        }
        ReadObject(json, "", property =>
        {
            switch (property)
            {
                case "added_tokens":
                    ReadArray(json, property, () => ReadAddedToken(json));
                    break;
                case "model":
                    ReadObject(json, property, inner =>
                    {
                        if (inner == "merges") ReadMerges(json); else json.Skip();
                    });
                    break;
                case "dtic":
                    ReadObject(json, property, inner => ReadOwn(json, inner));
                    break;
                default:
                    json.Skip();
                    break;
            }
        });
    }

    private void ReadAddedToken(JsonTokens json)
    {
        string? name = null;
        ReadObject(json, "added_tokens", property =>
        {
            if (property == "content") name = Text(json, property); else json.Skip();
        });
        name ??= Missing<string>("content");
        if (!_reserved.Add(name))
        {
            throw Wrong($"has the added token '{ForeignText.Shown(name)}' twice");
        }
        _names.Add(name);
    }

    private void ReadMerges(JsonTokens json)
    {
        var subwords = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int value = 0; value < ByteAlphabet.Size; value++)
        {
            subwords.Add(ByteAlphabet.Letter((byte)value), value);
        }
        _merges = [];
        ReadArray(json, "merges", () =>
        {
            string text = json.Type == JsonTokenType.String ? json.Text() : "";
            int space = Math.Max(text.IndexOf(' ', StringComparison.Ordinal), 0);
            string left = text[..space], right = text[Math.Min(space + 1, text.Length)..], spelling = left + right;
            if (spelling.Length > LongestSubword || !subwords.TryGetValue(left, out int first) || !subwords.TryGetValue(right, out int second)
                || _reserved.Contains(spelling) || !subwords.TryAdd(spelling, subwords.Count))
            {
                throw Wrong($"has the merge {json.Shown()} at position {_merges.Count}, expected two earlier subwords that make a new one of at most {LongestSubword} letters");
            }
            _merges.Add(new SubwordMerge(first, second));
        });
    }

    private void ReadOwn(JsonTokens json, string property)
    {
        switch (property)
        {
            case "version":
                _version = Integer(json, property);
                if (_version != TokenizerJsonWriter.FormatVersion)
                {
                    throw Wrong(FormattableString.Invariant($"has format version {_version}, expected {TokenizerJsonWriter.FormatVersion}. Update the package if the file is newer"));
                }
                break;
            case "columns":
                ReadArray(json, property, () => _columns.Add(ReadColumn(json)));
                break;
            case "text":
                _hasText = json.Type != JsonTokenType.Null;
                json.Skip();
                break;
            default:
                json.Skip();
                break;
        }
    }

    private Column ReadColumn(JsonTokens json)
    {
        string? name = null, kind = null;
        int? count = null;
        var edges = new List<double>();
        ReadObject(json, "columns", property =>
        {
            switch (property)
            {
                case "name":
                    name = Text(json, property);
                    break;
                case "kind":
                    kind = Text(json, property);
                    break;
                case "tokenCount":
                    count = Integer(json, property);
                    break;
                case "edges":
                    ReadArray(json, property, () => edges.Add(ReadEdge(json, name ?? "", edges)));
                    break;
                default:
                    json.Skip();
                    break;
            }
        });
        return new Column(name ?? Missing<string>("name"), kind ?? Missing<string>("kind"), count ?? Missing<int>("tokenCount"), edges);
    }

    private double ReadEdge(JsonTokens json, string column, List<double> before) =>
        json.TryNumber(out double value) && double.IsFinite(value) && (before.Count == 0 || value > before[^1])
            ? value
            : throw Wrong($"has the bin edge {json.Shown()} in column '{ForeignText.Shown(column)}', expected finite ascending numbers");

    private Vocabulary Build()
    {
        _ = _version ?? Missing<int>("dtic");
        if (_names.Count < SpecialToken.Count)
        {
            throw Wrong($"has {_names.Count} added tokens, expected {string.Join(", ", SpecialToken.Names)} at least");
        }
        var categories = new List<(string, IReadOnlyList<string>)>();
        var numbers = new List<(string, double[])>();
        HashSet<string> categoryNames = new(StringComparer.Ordinal), numberNames = new(StringComparer.Ordinal);
        int next = SpecialToken.Count;
        foreach (var (name, kind, count, edges) in _columns)
        {
            if (count < 1 || count > _names.Count - next)
            {
                throw Wrong($"gives column '{ForeignText.Shown(name)}' {count} tokens, but has {_names.Count - next} added tokens left for it");
            }
            if (kind == TokenizerJsonWriter.CategoryKind && numbers.Count == 0 && categoryNames.Add(name))
            {
                categories.Add((name, Values(name, _names.GetRange(next + 1, count - 1))));
            }
            else if (kind == TokenizerJsonWriter.NumberKind && numberNames.Add(name))
            {
                numbers.Add((name, [.. edges]));
            }
            else
            {
                throw Wrong($"has a column '{ForeignText.Shown(name)}' of kind '{ForeignText.Shown(kind)}', expected each name once, those of kind '{TokenizerJsonWriter.CategoryKind}' first and those of kind '{TokenizerJsonWriter.NumberKind}' behind them");
            }
            next += count;
        }
        bool hasText = _hasText ?? Missing<bool>("text");
        return new Vocabulary(categories, numbers, hasText ? _ => _merges ?? Missing<List<SubwordMerge>>("merges") : null);
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
                throw Wrong($"has the added token '{ForeignText.Shown(name)}' among those of column '{ForeignText.Shown(column)}', expected '{ForeignText.Shown(prefix)}' and a value, each once");
            }
            values.Add(value);
        }
        return values;
    }

    /// <summary>Both have the same tokens, one after the other; only blanks and escapes may differ.</summary>
    private void Compare(JsonTokens found, Vocabulary vocabulary)
    {
        MemoryMarshal.TryGetArray(TokenizerJsonWriter.Write(vocabulary), out var bytes);
        var expected = new JsonTokens(new MemoryStream(bytes.Array!, bytes.Offset, bytes.Count), MaximumDepth);
        string property = "";
        while (expected.Read())
        {
            if (!found.Read() || !found.Equals(expected))
            {
                throw Wrong(expected.Depth > 1 || (expected.Depth == 1 && expected.Type != JsonTokenType.PropertyName)
                    ? $"contradicts itself: '{property}' is not what the columns, values, edges and merges in the file make it"
                    : $"has {found.Shown()} where {expected.Shown()} is expected");
            }
            if (expected.Depth == 1 && expected.Type == JsonTokenType.PropertyName)
            {
                property = expected.Text();
            }
        }
        found.Read();   // throws where the file goes on
    }

    private void ReadObject(JsonTokens json, string name, Action<string> readProperty)
    {
        Require(json, name, JsonTokenType.StartObject);
        while (json.Read() && json.Type == JsonTokenType.PropertyName)
        {
            string property = json.Text();
            json.Read();
            readProperty(property);
        }
    }

    private void ReadArray(JsonTokens json, string name, Action readElement)
    {
        Require(json, name, JsonTokenType.StartArray);
        while (json.Read() && json.Type != JsonTokenType.EndArray)
        {
            readElement();
        }
    }

    private string Text(JsonTokens json, string name)
    {
        Require(json, name, JsonTokenType.String);
        return json.Text();
    }

    private int Integer(JsonTokens json, string name) =>
        json.TryInteger(out int value) ? value : throw Wrong($"has '{name}' = {json.Shown()}, expected a 32-bit integer");

    private void Require(JsonTokens json, string name, JsonTokenType type)
    {
        if (json.Type != type)
        {
            throw Wrong($"has '{name}' of kind {json.Type}, expected {type}");
        }
    }

    private T Missing<T>(string property) => throw Wrong($"lacks the property '{property}'");

    private ModelFormatException Wrong(string what) => new($"'{_file}' {what}.");

    private readonly record struct Column(string Name, string Kind, int TokenCount, List<double> Edges);
}
