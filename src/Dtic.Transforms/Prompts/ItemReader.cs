using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Prompts;

/// <summary>
/// Reads the item columns of a row, or of each past interaction in a row of histories, and says which interactions are blank: nothing stands in any of the columns, neither a
/// text nor a key nor a number. One row at a time, one thread.
/// </summary>
/// <remarks>Where a transform such as MapValueToKey wrote over a column, the values before it say that: the missing key of an id that is new is somebody's item all the same.</remarks>
internal sealed class ItemReader
{
    private readonly ItemValues[] _shown;
    private readonly ItemValues[] _all;
    private readonly PresenceSink[] _presence;

    /// <param name="columns">The columns in the order of their tokens.</param>
    /// <param name="row">What is read.</param>
    /// <param name="find">Where a column stands in the row.</param>
    /// <param name="findShown">Where the values stand that say whether the column is blank; null: these are its own.</param>
    public ItemReader(IReadOnlyList<ItemColumn> columns, DataViewRow row, Func<ItemColumn, DataViewSchema.Column> find, Func<ItemColumn, DataViewSchema.Column>? findShown = null)
    {
        Values = [.. columns.Select(column => ItemValues.Create(row, find(column), column.Role))];
        _shown = [.. columns.Zip(Values, (column, values) => findShown?.Invoke(column) is { } shown && shown.Index != find(column).Index ? ItemValues.Create(row, shown, column.Role) : values)];
        _all = [.. Values.Union(_shown)];
        _presence = [.. columns.Select(column => new PresenceSink(column.Separator))];
    }

    /// <summary>The values of each column.</summary>
    public IReadOnlyList<ItemValues> Values { get; }

    /// <summary>Whether a row of columns of these types can be blank: an integer and a truth value are always there.</summary>
    public static bool CanBeBlank(IEnumerable<DataViewType> types) => types.All(type =>
        ((type as VectorDataViewType)?.ItemType ?? type) is var item
        && (item is TextDataViewType or KeyDataViewType || item == NumberDataViewType.Single || item == NumberDataViewType.Double || type is VectorDataViewType { IsKnownSize: false }));

    /// <summary>Reads the row.</summary>
    public void Load()
    {
        foreach (var values in _all)
        {
            values.Load();
        }
    }

    /// <summary>Whether the row as one interaction is blank.</summary>
    public bool IsBlank()
    {
        for (int column = 0; column < _presence.Length; column++)
        {
            for (int index = 0; index < _shown[column].Count; index++)
            {
                if (IsPresent(column, index))
                {
                    return false;
                }
            }
        }

        return true;
    }

    /// <summary>Whether one interaction of a row of histories is blank: padding.</summary>
    public bool IsBlank(int interaction)
    {
        for (int column = 0; column < _presence.Length; column++)
        {
            if (IsPresent(column, interaction))
            {
                return false;
            }
        }

        return true;
    }

    private bool IsPresent(int column, int index)
    {
        _presence[column].Any = false;
        _shown[column].Emit(index, _presence[column]);
        return _presence[column].Any;
    }

    private sealed class PresenceSink(char? separator) : ItemSink.Categorical(separator)
    {
        public bool Any { get; set; }

        protected override bool IsFull => Any;

        public override void Add(double value) => Any |= !double.IsNaN(value);

        protected override void AddValue(ReadOnlySpan<char> value) => Any = true;
    }
}
