using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Evaluation;

/// <summary>The items of a training view.</summary>
internal abstract class SeenItems
{
    private const string Role = "item";

    private SeenItems()
    {
    }

    /// <summary>Whether the item at the row's current position was seen.</summary>
    public abstract Func<bool> CreateReader(DataViewRow row, DataViewSchema.Column column);

    /// <summary>The item column of a scored view.</summary>
    /// <exception cref="ArgumentException">It is missing or of a wrong type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = SourceSchema.Find(schema, name, Role);
        return column.Type is TextDataViewType || column.Type == NumberDataViewType.Int32 || column.Type == NumberDataViewType.Int64
            ? column
            : throw SourceSchema.WrongType(name, column.Type, Role, "text, Int32 or Int64", column.Type is KeyDataViewType ? "A key's number means nothing in another view: keep the value." : "");
    }

    /// <summary>Reads the training view once.</summary>
    /// <exception cref="ArgumentException">The training view has no such column of the same type.</exception>
    public static SeenItems Read(IDataView training, DataViewSchema.Column scored)
    {
        var column = SourceSchema.Find(training.Schema, scored.Name, Role + " in the training data");
        if (!column.Type.Equals(scored.Type))
            throw SourceSchema.WrongType(scored.Name, column.Type, Role + " in the training data", SourceSchema.Describe(scored.Type) + " as in the scored view");
        if (scored.Type is TextDataViewType) return new Texts(training, column);
        return scored.Type == NumberDataViewType.Int32 ? new Numbers<int>(training, column) : new Numbers<long>(training, column);
    }

    private sealed class Texts : SeenItems
    {
        private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _seen = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();

        public Texts(IDataView training, DataViewSchema.Column column)
        {
            using var cursor = training.GetRowCursor([column]);
            var getter = cursor.GetGetter<ReadOnlyMemory<char>>(column);
            for (ReadOnlyMemory<char> value = default; cursor.MoveNext();)
            {
                getter(ref value);
                _seen.Add(value.Span);
            }
        }

        public override Func<bool> CreateReader(DataViewRow row, DataViewSchema.Column column)
        {
            var getter = row.GetGetter<ReadOnlyMemory<char>>(column);
            ReadOnlyMemory<char> value = default;
            return () =>
            {
                getter(ref value);
                return _seen.Contains(value.Span);
            };
        }
    }

    private sealed class Numbers<T> : SeenItems
        where T : struct
    {
        private readonly HashSet<T> _seen = [];

        public Numbers(IDataView training, DataViewSchema.Column column)
        {
            using var cursor = training.GetRowCursor([column]);
            var getter = cursor.GetGetter<T>(column);
            for (T value = default; cursor.MoveNext();)
            {
                getter(ref value);
                _seen.Add(value);
            }
        }

        public override Func<bool> CreateReader(DataViewRow row, DataViewSchema.Column column)
        {
            var getter = row.GetGetter<T>(column);
            T value = default;
            return () =>
            {
                getter(ref value);
                return _seen.Contains(value);
            };
        }
    }
}
