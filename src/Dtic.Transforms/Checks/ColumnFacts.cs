using Dtic.Transforms.Prompts;

namespace Dtic.Transforms.Checks;

/// <summary>What was seen of one column that becomes tokens: its values with their outcomes, or the ranges of its numbers on either side of the label.</summary>
internal sealed class ColumnFacts(ItemColumn column)
{
    /// <summary>The column.</summary>
    public ItemColumn Column => column;

    /// <summary>The values of texts and categories.</summary>
    public SampledCounts Values { get; } = new();

    /// <summary>The ranges of the slots of a numeric column, with a click and without.</summary>
    public IReadOnlyList<(NumberRange Clicked, NumberRange NotClicked)> Ranges { get; } =
        [.. Enumerable.Range(0, column.Role == ItemRole.Numeric ? Math.Max(1, column.Size) : 0).Select(_ => (new NumberRange(), new NumberRange()))];

    /// <summary>Numbers that are NaN or infinite.</summary>
    public long NotFinite { get; private set; }

    /// <summary>Texts and categories that are empty.</summary>
    public long Empty { get; private set; }

    /// <summary>Whether the row read last holds nothing in this column: no value, or no finite number.</summary>
    public bool RowIsEmpty { get; private set; }

    /// <summary>What takes the values.</summary>
    /// <param name="clicked">The outcome of the current row; null: unknown.</param>
    /// <param name="hash">Adds a value to the hash of the current row.</param>
    public ItemSink CreateSink(Func<bool?> clicked, Action<ulong> hash) =>
        column.Role == ItemRole.Numeric ? new NumberSink(this, clicked, hash) : new ValueSink(this, clicked, hash);

    /// <summary>Least and greatest of finite numbers.</summary>
    internal sealed class NumberRange
    {
        public long Count { get; private set; }

        public double Least { get; private set; } = double.PositiveInfinity;

        public double Greatest { get; private set; } = double.NegativeInfinity;

        public void Add(double value) => (Count, Least, Greatest) = (Count + 1, Math.Min(Least, value), Math.Max(Greatest, value));
    }

    private sealed class ValueSink(ColumnFacts facts, Func<bool?> clicked, Action<ulong> hash) : ItemSink.Categorical(facts.Column.Separator)
    {
        private bool _any;

        public override void End()
        {
            facts.RowIsEmpty = !_any;
            facts.Empty += _any ? 0 : 1;
            _any = false;
        }

        protected override void AddValue(ReadOnlySpan<char> value)
        {
            ulong code = RowHash.Add(RowHash.Start, value);
            facts.Values.Add(code, clicked());
            hash(code);
            _any = true;
        }
    }

    private sealed class NumberSink(ColumnFacts facts, Func<bool?> clicked, Action<ulong> hash) : ItemSink
    {
        private int _slot;
        private bool _any;

        public override void Add(double value)
        {
            hash(BitConverter.DoubleToUInt64Bits(value));
            _any |= !double.IsNaN(value);
            if (!double.IsFinite(value))
            {
                facts.NotFinite++;
            }
            else if (clicked() is { } outcome)
            {
                (outcome ? facts.Ranges[_slot].Clicked : facts.Ranges[_slot].NotClicked).Add(value);
            }

            _slot++;
        }

        public override void End()
        {
            facts.RowIsEmpty = !_any;
            (_slot, _any) = (0, false);
        }
    }
}
