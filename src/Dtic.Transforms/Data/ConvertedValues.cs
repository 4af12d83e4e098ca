using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Data;

/// <summary>The values of one column of the current row, a scalar or a vector, each converted when it is asked for. One row at a time, one thread.</summary>
/// <typeparam name="T">What values become.</typeparam>
internal abstract class ConvertedValues<T>
{
    private ConvertedValues()
    {
    }

    /// <summary>How many values the row has: 1 for a scalar.</summary>
    public abstract int Count { get; }

    /// <summary>One value of the row that was read.</summary>
    public abstract T this[int index] { get; }

    /// <summary>Reads the current row.</summary>
    public abstract void Load();

    /// <summary>Reads a column of <typeparamref name="TRaw"/>, or of vectors of it.</summary>
    public static ConvertedValues<T> Create<TRaw>(DataViewRow row, DataViewSchema.Column column, Func<TRaw, T> convert) =>
        column.Type is VectorDataViewType
            ? new Vector<TRaw>(row.GetGetter<VBuffer<TRaw>>(column), convert)
            : new Scalar<TRaw>(row.GetGetter<TRaw>(column), convert);

    /// <summary>Reads a column of numbers of any type, or of vectors of them.</summary>
    public static ConvertedValues<T> CreateOfNumbers(DataViewRow row, DataViewSchema.Column column, Func<double, T> convert)
    {
        var raw = ((column.Type as VectorDataViewType)?.ItemType ?? column.Type).RawType;
        return raw == typeof(float) ? Create<float>(row, column, value => convert(value))
            : raw == typeof(double) ? Create(row, column, convert)
            : raw == typeof(ulong) ? Create<ulong>(row, column, value => convert(value))
            : CreateOfIntegers(row, column, value => convert(value));
    }

    /// <summary>Reads a column of integers of any type but UInt64, or of vectors of them.</summary>
    public static ConvertedValues<T> CreateOfIntegers(DataViewRow row, DataViewSchema.Column column, Func<long, T> convert) =>
        ((column.Type as VectorDataViewType)?.ItemType ?? column.Type).RawType switch
        {
            var raw when raw == typeof(sbyte) => Create<sbyte>(row, column, value => convert(value)),
            var raw when raw == typeof(byte) => Create<byte>(row, column, value => convert(value)),
            var raw when raw == typeof(short) => Create<short>(row, column, value => convert(value)),
            var raw when raw == typeof(ushort) => Create<ushort>(row, column, value => convert(value)),
            var raw when raw == typeof(int) => Create<int>(row, column, value => convert(value)),
            var raw when raw == typeof(uint) => Create<uint>(row, column, value => convert(value)),
            _ => Create(row, column, convert),
        };

    /// <summary>All values of the current row.</summary>
    public T[] ReadAll()
    {
        Load();
        var values = new T[Count];
        for (int index = 0; index < values.Length; index++)
        {
            values[index] = this[index];
        }

        return values;
    }

    /// <summary>The value of the current row, for a scalar.</summary>
    public T Read()
    {
        Load();
        return this[0];
    }

    private sealed class Scalar<TRaw>(ValueGetter<TRaw> getter, Func<TRaw, T> convert) : ConvertedValues<T>
    {
        private TRaw _value = default!;

        public override int Count => 1;

        public override T this[int index] => convert(_value);

        public override void Load() => getter(ref _value);
    }

    private sealed class Vector<TRaw>(ValueGetter<VBuffer<TRaw>> getter, Func<TRaw, T> convert) : ConvertedValues<T>
    {
        private VBuffer<TRaw> _values;

        public override int Count => _values.Length;

        public override T this[int index] => convert(_values.GetItemOrDefault(index));

        public override void Load() => getter(ref _values);
    }
}
