using System.Globalization;
using System.Numerics;
using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Reads a user column of any supported type as a small number: 0 for the first user met, 1 for the next one, and so on.</summary>
/// <remarks>An empty text and a missing key are users like any other.</remarks>
internal abstract class UserColumn
{
    private const string Role = "user";

    private UserColumn()
    {
    }

    /// <summary>How many users were met.</summary>
    public abstract int Count { get; }

    /// <summary>The number of the user at the row's current position.</summary>
    public abstract int Read();

    /// <summary>The user read last, as a person would write it.</summary>
    public abstract string Describe();

    /// <summary>The user column of <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">The column is missing or of a wrong type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = SourceSchema.Find(schema, name, Role);
        Check(name, column.Type);
        return column;
    }

    /// <summary>Throws unless a user can have that type.</summary>
    public static void Check(string name, DataViewType type)
    {
        if (type is not (TextDataViewType or KeyDataViewType or NumberDataViewType) || type == NumberDataViewType.Single || type == NumberDataViewType.Double)
        {
            throw SourceSchema.WrongType(name, type, Role, "text, an integer or a key", SourceSchema.IdRemedy(type));
        }
    }

    /// <summary>Reads the column of <paramref name="row"/>, numbering users from 0.</summary>
    public static UserColumn CreateReader(DataViewRow row, DataViewSchema.Column column)
    {
        Check(column.Name, column.Type);
        return column.Type.RawType switch
        {
            var raw when raw == typeof(ReadOnlyMemory<char>) => new Texts(row.GetGetter<ReadOnlyMemory<char>>(column)),
            var raw when raw == typeof(int) => new Numbers<int>(row, column),
            var raw when raw == typeof(long) => new Numbers<long>(row, column),
            var raw when raw == typeof(short) => new Numbers<short>(row, column),
            var raw when raw == typeof(sbyte) => new Numbers<sbyte>(row, column),
            var raw when raw == typeof(byte) => new Numbers<byte>(row, column),
            var raw when raw == typeof(ushort) => new Numbers<ushort>(row, column),
            var raw when raw == typeof(uint) => new Numbers<uint>(row, column),
            _ => new Numbers<ulong>(row, column),
        };
    }

    private sealed class Texts(ValueGetter<ReadOnlyMemory<char>> getter) : UserColumn
    {
        private readonly Dictionary<string, int> _numbers = new(StringComparer.Ordinal);
        private ReadOnlyMemory<char> _value;

        public override int Count => _numbers.Count;

        public override int Read()
        {
            getter(ref _value);
            var lookup = _numbers.GetAlternateLookup<ReadOnlySpan<char>>();
            if (!lookup.TryGetValue(_value.Span, out int number))
            {
                number = _numbers.Count;
                _numbers.Add(_value.ToString(), number);
            }

            return number;
        }

        public override string Describe() => _value.ToString();
    }

    private sealed class Numbers<T>(DataViewRow row, DataViewSchema.Column column) : UserColumn
        where T : struct, IBinaryInteger<T>
    {
        private readonly Dictionary<T, int> _numbers = [];
        private readonly ValueGetter<T> _getter = row.GetGetter<T>(column);

        // The values of keys are many, and mostly nobody asks.
        private readonly Lazy<Func<ulong, string>> _spell = new(() => KeyValues.CreateSpeller(column));
        private T _value;

        public override int Count => _numbers.Count;

        public override int Read()
        {
            _getter(ref _value);
            if (!_numbers.TryGetValue(_value, out int number))
            {
                number = _numbers.Count;
                _numbers.Add(_value, number);
            }

            return number;
        }

        public override string Describe() => column.Type is KeyDataViewType ? Describe(ulong.CreateChecked(_value)) : _value.ToString(null, CultureInfo.InvariantCulture);

        // A key without words of its own is a user all the same, and no other: hashing gives such keys.
        private string Describe(ulong key) => _spell.Value(key) is { Length: > 0 } words || key == 0 ? _spell.Value(key) : FormattableString.Invariant($"key {key} without a value");
    }
}
