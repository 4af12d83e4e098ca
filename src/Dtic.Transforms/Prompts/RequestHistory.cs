using Microsoft.ML;

namespace Dtic.Transforms.Prompts;

/// <summary>The past interactions of a request as people write them, to show beside what a model makes of them. Padding is left out.</summary>
internal sealed class RequestHistory
{
    private readonly (string Name, ItemValues Values)[] _columns;
    private readonly ItemReader _reader;
    private readonly SpellingSink _spelling = new();
    private int[] _past = [];

    public RequestHistory(IReadOnlyList<ItemColumn> columns, DataViewRow row, Func<ItemColumn, DataViewSchema.Column> find)
    {
        _reader = new ItemReader(columns, row, find);

        // Numbers as categories, which are spelled: as double-precision numbers they would lose how the request wrote them.
        _columns = [.. columns.OrderBy(column => column.Role != ItemRole.Text).Select(column => (column.Name, ItemValues.Create(row, find(column), ItemRole.Categorical)))];
    }

    /// <summary>Number of past interactions in the row that was read.</summary>
    public int Count => _past.Length;

    /// <summary>Reads the row.</summary>
    public void Load()
    {
        _reader.Load();
        foreach (var (_, values) in _columns) values.Load();
        _past = [.. Enumerable.Range(0, _columns[0].Values.Count).Where(index => !_reader.IsBlank(index))];
    }

    /// <summary>Where an interaction stands in the request's vectors, which may be padded. Interactions are counted from the oldest.</summary>
    public int Index(int interaction) => _past[interaction];

    /// <summary>The columns of one interaction and its values, texts first.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Describe(int interaction) => [.. _columns.Select(column =>
    {
        column.Values.Emit(_past[interaction], _spelling);
        return KeyValuePair.Create(column.Name, _spelling.Spelled);
    })];

    private sealed class SpellingSink : ItemSink
    {
        public string Spelled { get; private set; } = "";

        public override void Add(ReadOnlySpan<char> value) => Spelled = value.ToString();
    }
}
