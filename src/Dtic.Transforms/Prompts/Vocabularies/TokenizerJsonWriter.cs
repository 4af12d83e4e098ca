using System.Buffers;
using System.Text.Json;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>
/// Writes a vocabulary as tokenizer.json in the shape of HuggingFace's tokenizers: all tokens in the model's vocabulary, those that are not subwords
/// also as added tokens, and our columns in an object of their own.
/// </summary>
/// <remarks>
/// The same vocabulary gives the same bytes on every system: no indentation, shortest round-trip numbers, and the default escaping, which leaves ASCII only
/// and so does not depend on the Unicode version of the runtime.
/// </remarks>
internal static class TokenizerJsonWriter
{
    public const int FormatVersion = 1;
    public const string CategoryKind = "category";
    public const string NumberKind = "number";

    public static ReadOnlyMemory<byte> Write(Vocabulary vocabulary)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("version", "1.0");
            json.WriteNull("truncation");
            json.WriteNull("padding");
            WriteAddedTokens(json, vocabulary);
            json.WriteNull("normalizer");
            WritePreTokenizer(json);
            json.WriteNull("post_processor");
            WriteByteLevel(json, "decoder");
            WriteModel(json, vocabulary);
            WriteColumns(json, vocabulary);
            json.WriteEndObject();
        }
        return buffer.WrittenMemory;
    }

    private static void WriteAddedTokens(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartArray("added_tokens");
        for (int token = 0; token < vocabulary.NamedTokens; token++)
        {
            json.WriteStartObject();
            json.WriteNumber("id", token);
            json.WriteString("content", vocabulary.Names[token]);
            json.WriteBoolean("single_word", false);
            json.WriteBoolean("lstrip", false);
            json.WriteBoolean("rstrip", false);
            json.WriteBoolean("normalized", false);
            json.WriteBoolean("special", true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void WritePreTokenizer(Utf8JsonWriter json)
    {
        json.WriteStartObject("pre_tokenizer");
        json.WriteString("type", "Sequence");
        json.WriteStartArray("pretokenizers");
        json.WriteStartObject();
        json.WriteString("type", "Split");
        json.WriteStartObject("pattern");
        json.WriteString("Regex", WordSplitter.Pattern);
        json.WriteEndObject();
        json.WriteString("behavior", "Isolated");
        json.WriteBoolean("invert", false);
        json.WriteEndObject();
        WriteByteLevel(json, null);
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter json, string? property)
    {
        if (property != null)
        {
            json.WritePropertyName(property);
        }
        json.WriteStartObject();
        json.WriteString("type", "ByteLevel");
        json.WriteBoolean("add_prefix_space", false);
        json.WriteBoolean("trim_offsets", true);
        json.WriteBoolean("use_regex", false);
        json.WriteEndObject();
    }

    private static void WriteModel(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("model");
        json.WriteString("type", "BPE");
        json.WriteNull("dropout");
        json.WriteNull("unk_token");
        json.WriteNull("continuing_subword_prefix");
        json.WriteNull("end_of_word_suffix");
        json.WriteBoolean("fuse_unk", false);
        json.WriteBoolean("byte_fallback", false);
        json.WriteBoolean("ignore_merges", false);
        json.WriteStartObject("vocab");
        for (int token = 0; token < vocabulary.Size; token++)
        {
            json.WriteNumber(vocabulary.Names[token], token);
        }
        json.WriteEndObject();
        json.WriteStartArray("merges");
        if (vocabulary.HasText)
        {
            var spellings = vocabulary.Text.Spellings;
            foreach (var (left, right) in vocabulary.Text.Merges)
            {
                json.WriteStringValue($"{spellings[left]} {spellings[right]}");
            }
        }
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteColumns(Utf8JsonWriter json, Vocabulary vocabulary)
    {
        json.WriteStartObject("dtic");
        json.WriteNumber("version", FormatVersion);
        json.WriteStartArray("columns");
        foreach (var column in vocabulary.CategoricalColumns)
        {
            WriteColumn(json, column.Column, CategoryKind, column.Unknown, column.TokenCount);
            json.WriteEndObject();
        }
        foreach (var column in vocabulary.NumericColumns)
        {
            WriteColumn(json, column.Column, NumberKind, column.Missing, column.TokenCount);
            json.WriteStartArray("edges");
            foreach (double edge in column.Edges)
            {
                json.WriteNumberValue(edge);
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (vocabulary.HasText)
        {
            json.WriteStartObject("text");
            json.WriteNumber("firstToken", vocabulary.Text.FirstToken);
            json.WriteNumber("tokenCount", vocabulary.Text.Spellings.Count);
            json.WriteEndObject();
        }
        else
        {
            json.WriteNull("text");
        }
        json.WriteEndObject();
    }

    private static void WriteColumn(Utf8JsonWriter json, string column, string kind, int firstToken, int tokenCount)
    {
        json.WriteStartObject();
        json.WriteString("name", column);
        json.WriteString("kind", kind);
        json.WriteNumber("firstToken", firstToken);
        json.WriteNumber("tokenCount", tokenCount);
    }
}
