using System.Reflection;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Data;

/// <summary>The values of one column of rows that were read, compact and typed; equal texts are kept once.</summary>
internal abstract class ColumnBuffer
{
    /// <summary>How many values a row has: 1 for a scalar.</summary>
    public abstract int Width { get; }

    /// <summary>Whether a column of that type can be buffered: scalars and vectors of fixed size of ML.NET's own types.</summary>
    public static bool Supports(DataViewType type) =>
        type is PrimitiveDataViewType || type is VectorDataViewType { IsKnownSize: true, ItemType: PrimitiveDataViewType };

    /// <summary>A buffer for a column of <paramref name="source"/>, which <see cref="Supports(DataViewType)"/> admits.</summary>
    public static ColumnBuffer Create(DataViewRow source, DataViewSchema.Column column)
    {
        var item = (column.Type as VectorDataViewType)?.ItemType ?? column.Type;
        var arguments = new object[] { source, column };
        return (ColumnBuffer)Activator.CreateInstance(
            typeof(ColumnBuffer<>).MakeGenericType(item.RawType), BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null, arguments, null)!;
    }

    /// <summary>Appends the value of the source's current row.</summary>
    public abstract void Append();

    /// <summary>Forgets all rows.</summary>
    public abstract void Clear();

    /// <summary>A getter of a scalar column: the value of the buffered row that <paramref name="row"/> names when the getter is called.</summary>
    public abstract Delegate CreateScalarGetter(Func<int> row);

    /// <summary>A getter of a vector: the values of the buffered rows that <paramref name="rows"/> names, one after the other.</summary>
    public abstract Delegate CreateVectorGetter(Func<ReadOnlyMemory<int>> rows);
}

/// <inheritdoc/>
internal sealed class ColumnBuffer<T> : ColumnBuffer
{
    private readonly Action _append;
    private readonly List<T> _values = [];
    private readonly HashSet<T>? _pool;

    public ColumnBuffer(DataViewRow source, DataViewSchema.Column column)
    {
        if (typeof(T) == typeof(ReadOnlyMemory<char>))
        {
            _pool = (HashSet<T>)(object)new HashSet<ReadOnlyMemory<char>>(new TextComparer());
        }

        if (column.Type is VectorDataViewType vector)
        {
            Width = vector.Size;
            var getter = source.GetGetter<VBuffer<T>>(column);
            VBuffer<T> values = default;
            _append = () =>
            {
                getter(ref values);
                foreach (var value in values.DenseValues())
                {
                    _values.Add(Keep(value));
                }
            };
        }
        else
        {
            Width = 1;
            var getter = source.GetGetter<T>(column);
            T value = default!;
            _append = () =>
            {
                getter(ref value);
                _values.Add(Keep(value));
            };
        }
    }

    /// <inheritdoc/>
    public override int Width { get; }

    /// <inheritdoc/>
    public override void Append() => _append();

    /// <inheritdoc/>
    public override void Clear()
    {
        _values.Clear();
        _pool?.Clear();
    }

    /// <inheritdoc/>
    public override Delegate CreateScalarGetter(Func<int> row) => (ValueGetter<T>)((ref T value) => value = _values[row()]);

    /// <inheritdoc/>
    public override Delegate CreateVectorGetter(Func<ReadOnlyMemory<int>> rows) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
    {
        var wanted = rows().Span;
        var editor = VBufferEditor.Create(ref value, wanted.Length * Width);
        for (int i = 0; i < wanted.Length; i++)
        {
            for (int slot = 0; slot < Width; slot++)
            {
                editor.Values[(i * Width) + slot] = _values[(wanted[i] * Width) + slot];
            }
        }

        value = editor.Commit();
    });

    // A text is a slice of a buffer that the source will use again, so it is copied.
    private T Keep(T value)
    {
        if (_pool is null)
        {
            return value;
        }

        if (_pool.TryGetValue(value, out var kept))
        {
            return kept;
        }

        var copy = (T)(object)((ReadOnlyMemory<char>)(object)value!).ToString().AsMemory();
        _pool.Add(copy);
        return copy;
    }

    private sealed class TextComparer : IEqualityComparer<ReadOnlyMemory<char>>
    {
        public bool Equals(ReadOnlyMemory<char> x, ReadOnlyMemory<char> y) => x.Span.SequenceEqual(y.Span);

        public int GetHashCode(ReadOnlyMemory<char> obj) => string.GetHashCode(obj.Span);
    }
}
