using System.Text.Json;
using Dtic.Transforms;

namespace Dtic.MLNet.Model;

/// <summary>An object of <c>config.json</c>: whatever is missing or of another kind is named.</summary>
/// <param name="element">The object.</param>
/// <param name="file">The file's name, for messages.</param>
internal readonly struct ConfigurationKeys(JsonElement element, string file)
{
    /// <exception cref="ModelFormatException">The value is missing or no object.</exception>
    public ConfigurationKeys Object(string key) => Value(key) is { ValueKind: JsonValueKind.Object } value ? new ConfigurationKeys(value, file) : throw Wrong(key, "an object");

    /// <exception cref="ModelFormatException">The value is missing or no integer of 32 bits.</exception>
    public int Integer(string key) => Value(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt32(out int number) ? number : throw Wrong(key, "an integer of 32 bits");

    /// <exception cref="ModelFormatException">The value is missing or no number.</exception>
    public double Number(string key) => Value(key) is { ValueKind: JsonValueKind.Number } value && value.TryGetDouble(out double number) ? number : throw Wrong(key, "a number");

    /// <exception cref="ModelFormatException">The value is missing or no text.</exception>
    public string Text(string key) => Value(key) is { ValueKind: JsonValueKind.String } value ? value.GetString()! : throw Wrong(key, "a text");

    /// <exception cref="ModelFormatException">The value is missing, or neither true nor false.</exception>
    public bool Flag(string key) => Value(key) is { ValueKind: JsonValueKind.True or JsonValueKind.False } value ? value.GetBoolean() : throw Wrong(key, "true or false");

    /// <exception cref="ModelFormatException">The value is missing or none of the names.</exception>
    public T Choice<T>(string key)
        where T : struct, Enum
    {
        string[] names = Enum.GetNames<T>();
        return Value(key) is { ValueKind: JsonValueKind.String } value && Array.Find(names, name => value.ValueEquals(name)) is { } found
            ? Enum.Parse<T>(found)
            : throw Wrong(key, $"one of {string.Join(", ", names)}");
    }

    /// <summary>The value has to be that one.</summary>
    /// <exception cref="ModelFormatException">It is missing, or another one.</exception>
    public void Require(string key, string expected)
    {
        using var only = JsonDocument.Parse(expected);
        if (!JsonElement.DeepEquals(Value(key), only.RootElement)) throw Wrong(key, $"{expected}: Dtic scores no other network");
    }

    /// <summary>The value, where there is one, has to be that one; null is none.</summary>
    /// <exception cref="ModelFormatException">It is another one.</exception>
    public void RequireIfPresent(string key, string expected)
    {
        if (element.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null) Require(key, expected);
    }

    private JsonElement Value(string key)
    {
        if (element.ValueKind != JsonValueKind.Object) throw new ModelFormatException($"'{file}' is not a Dtic model configuration: it holds no object.");
        return element.TryGetProperty(key, out var value) ? value : throw new ModelFormatException($"'{file}' lacks the key '{key}'.");
    }

    private ModelFormatException Wrong(string key, string expected) => new($"'{file}': {key} is {ForeignText.Shown(Value(key).GetRawText())}, expected {expected}.");
}
