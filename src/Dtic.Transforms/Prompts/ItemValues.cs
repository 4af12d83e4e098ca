using System.Globalization;
using System.Numerics;
using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>Reads the values of one column of the current row and hands them to a sink in one of two spellings: text or number.</summary>
internal abstract class ItemValues
{
    private delegate void Emitter<T>(T value, ItemSink sink);

    private ItemValues()
    {
    }

    /// <summary>How many values the row has: 1 for a scalar.</summary>
    public abstract int Count { get; }

    /// <summary>Reads the current row.</summary>
    public abstract void Load();

    /// <summary>Hands one value to the sink.</summary>
    public abstract void Emit(int index, ItemSink sink);

    /// <summary>A reader for a column whose type the role takes.</summary>
    public static ItemValues Create(DataViewRow row, DataViewSchema.Column column, ItemRole role)
    {
        var item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        if (item is TextDataViewType)
        {
            return Create<ReadOnlyMemory<char>>(row, column, static (value, sink) => sink.Add(value.Span));
        }

        if (item is BooleanDataViewType)
        {
            return Create<bool>(row, column, static (value, sink) => sink.Add(value ? bool.TrueString : bool.FalseString));
        }

        bool isKey = item is KeyDataViewType;
        var raw = item.RawType;
        return raw == typeof(byte) ? (isKey ? Key<byte>(row, column) : Number<byte>(row, column, role))
            : raw == typeof(ushort) ? (isKey ? Key<ushort>(row, column) : Number<ushort>(row, column, role))
            : raw == typeof(uint) ? (isKey ? Key<uint>(row, column) : Number<uint>(row, column, role))
            : raw == typeof(ulong) ? (isKey ? Key<ulong>(row, column) : Number<ulong>(row, column, role))
            : raw == typeof(sbyte) ? Number<sbyte>(row, column, role)
            : raw == typeof(short) ? Number<short>(row, column, role)
            : raw == typeof(int) ? Number<int>(row, column, role)
            : raw == typeof(long) ? Number<long>(row, column, role)
            : raw == typeof(float) ? Number<float>(row, column, role)
            : Number<double>(row, column, role);
    }

    private static ItemValues Number<T>(DataViewRow row, DataViewSchema.Column column, ItemRole role)
        where T : INumber<T> =>
        role == ItemRole.Numeric
            ? Create<T>(row, column, static (value, sink) => sink.Add(double.CreateChecked(value)))
            : Create<T>(row, column, static (value, sink) => EmitSpelling(value, sink));

    private static ItemValues Key<T>(DataViewRow row, DataViewSchema.Column column)
        where T : IBinaryInteger<T>
    {
        var spell = KeyValues.CreateSpeller(column);
        return Create<T>(row, column, (key, sink) => sink.Add(spell(ulong.CreateChecked(key))));
    }

    private static void EmitSpelling<T>(T value, ItemSink sink)
        where T : ISpanFormattable
    {
        Span<char> spelling = stackalloc char[24];
        value.TryFormat(spelling, out int length, default, CultureInfo.InvariantCulture);
        sink.Add(spelling[..length]);
    }

    private static ItemValues Create<T>(DataViewRow row, DataViewSchema.Column column, Emitter<T> emit) =>
        column.Type is VectorDataViewType
            ? new Vector<T>(row.GetGetter<VBuffer<T>>(column), emit)
            : new Scalar<T>(row.GetGetter<T>(column), emit);

    private sealed class Scalar<T> : ItemValues
    {
        private readonly ValueGetter<T> _getter;
        private readonly Emitter<T> _emit;
        private T _value = default!;

        public Scalar(ValueGetter<T> getter, Emitter<T> emit)
        {
            _getter = getter;
            _emit = emit;
        }

        public override int Count => 1;

        public override void Load() => _getter(ref _value);

        public override void Emit(int index, ItemSink sink) => _emit(_value, sink);
    }

    private sealed class Vector<T> : ItemValues
    {
        private readonly ValueGetter<VBuffer<T>> _getter;
        private readonly Emitter<T> _emit;
        private VBuffer<T> _values;

        public Vector(ValueGetter<VBuffer<T>> getter, Emitter<T> emit)
        {
            _getter = getter;
            _emit = emit;
        }

        public override int Count => _values.Length;

        public override void Load() => _getter(ref _values);

        public override void Emit(int index, ItemSink sink) => _emit(_values.GetItemOrDefault(index), sink);
    }
}
