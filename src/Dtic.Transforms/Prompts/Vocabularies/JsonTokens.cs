using System.Text;
using System.Text.Json;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>Reads JSON token by token. Memory holds a few tokens at a time, however long the file is, and no token may be longer than a mebibyte.</summary>
internal sealed class JsonTokens(Stream stream, int maximumDepth)
{
    private const int LongestToken = 1 << 20, KnownNames = 32;

    private readonly List<(byte[] Spelling, string Text)> _names = [];

    private byte[] _buffer = new byte[1 << 14];
    private int _begin, _end, _token, _value, _valueLength;
    private bool _isLast, _isEscaped;
    private JsonReaderState _before, _behind = new(new JsonReaderOptions { MaxDepth = maximumDepth });

    public JsonTokenType Type { get; private set; }

    /// <summary>How many objects and arrays are open around the token.</summary>
    public int Depth { get; private set; }

    /// <summary>Goes on to the next token.</summary>
    /// <returns>Whether there is one.</returns>
    /// <exception cref="JsonException">The file is no JSON, or a token is too long.</exception>
    public bool Read()
    {
        while (true)
        {
            var reader = new Utf8JsonReader(_buffer.AsSpan(_begin, _end - _begin), _isLast, _behind);
            bool found = reader.Read();
            (_token, _before) = (_begin, _behind);
            _begin += (int)reader.BytesConsumed;
            _behind = reader.CurrentState;
            if (found)
            {
                (Type, Depth, _isEscaped) = (reader.TokenType, reader.CurrentDepth, reader.ValueIsEscaped);
                (_value, _valueLength) = (_token + (int)reader.TokenStartIndex + (IsText ? 1 : 0), reader.ValueSpan.Length);
                return true;
            }

            if (_isLast)
            {
                return false;
            }

            Fill();
        }
    }

    /// <summary>Goes on behind the value that begins at this token: to its last token.</summary>
    public void Skip()
    {
        int depth = Depth;
        if (Type is JsonTokenType.StartObject or JsonTokenType.StartArray)
        {
            while (Read() && Depth > depth)
            {
            }
        }
    }

    /// <summary>The text of a string or of a property's name.</summary>
    /// <exception cref="InvalidOperationException">It is no UTF-16.</exception>
    public string Text()
    {
        if (Type != JsonTokenType.PropertyName)
        {
            return Current().GetString()!;
        }

        // The same few names stand at every token of a vocabulary.
        foreach (var (spelling, known) in _names)
        {
            if (Value.SequenceEqual(spelling))
            {
                return known;
            }
        }

        string text = Current().GetString()!;
        if (_names.Count < KnownNames)
        {
            _names.Add((Value.ToArray(), text));
        }

        return text;
    }

    public bool TryInteger(out int value)
    {
        value = 0;
        return Type == JsonTokenType.Number && Current().TryGetInt32(out value);
    }

    public bool TryNumber(out double value)
    {
        value = 0;
        return Type == JsonTokenType.Number && Current().TryGetDouble(out value);
    }

    /// <summary>The token as it stands in the file, for messages.</summary>
    public string Shown() => ForeignText.Shown(Encoding.UTF8.GetString(Value), longest: 60);

    /// <summary>Whether both stand at equal tokens; texts may be spelled with other escapes.</summary>
    public bool Equals(JsonTokens other) =>
        Type == other.Type && (Value.SequenceEqual(other.Value) || (IsText && (_isEscaped || other._isEscaped) && Text() == other.Text()));

    private bool IsText => Type is JsonTokenType.String or JsonTokenType.PropertyName;

    /// <summary>The token as it stands in the file, without quotes.</summary>
    private ReadOnlySpan<byte> Value => _buffer.AsSpan(_value, _valueLength);

    private Utf8JsonReader Current()
    {
        var reader = new Utf8JsonReader(_buffer.AsSpan(_token, _end - _token), _isLast, _before);
        reader.Read();
        return reader;
    }

    private void Fill()
    {
        int kept = _end - _begin;
        if (kept >= LongestToken)
        {
            throw new JsonException(FormattableString.Invariant($"A value is longer than {LongestToken:N0} bytes."));
        }

        byte[] target = kept > _buffer.Length / 2 ? new byte[2 * _buffer.Length] : _buffer;
        _buffer.AsSpan(_begin, kept).CopyTo(target);
        (_buffer, _begin) = (target, 0);
        int read = stream.Read(_buffer, kept, _buffer.Length - kept);
        _end = kept + read;
        _isLast = read == 0;
    }
}
