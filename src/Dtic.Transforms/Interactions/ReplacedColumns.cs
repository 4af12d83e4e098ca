using System.Globalization;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>
/// Compares columns with what they were before a transform wrote over them. A request passes its candidate through the pipeline, but the values of its history come as they
/// are: where a transform changes values, the two would be told in different terms.
/// </summary>
/// <remarks>A transform that keeps what is packed, such as MapValueToKey or a conversion of integers, is none of that kind.</remarks>
internal sealed class ReplacedColumns
{
    private readonly PromptTemplate _template;
    private readonly List<Comparison> _comparisons = [];

    private ReplacedColumns(PromptTemplate template)
    {
        _template = template;
    }

    /// <summary>The columns that are compared.</summary>
    public static IEnumerable<DataViewSchema.Column> Needed(DataViewSchema schema, PromptTemplate template) =>
        Pairs(schema, template).SelectMany(pair => new[] { pair.Original, pair.Current });

    /// <summary>Compares columns of a row, in which the <see cref="Needed"/> ones are active.</summary>
    public static ReplacedColumns Create(DataViewRow row, DataViewSchema schema, PromptTemplate template)
    {
        var replaced = new ReplacedColumns(template);
        foreach (var (column, original, current) in Pairs(schema, template))
        {
            if (column is not null)
            {
                replaced._comparisons.Add(new Items(row, column, original, current));
            }
            else if (current.Name == template.TimeColumn)
            {
                replaced._comparisons.Add(new Times(row, original, current));
            }
            else
            {
                replaced._comparisons.Add(new Outcomes(row, original, current));
            }
        }

        return replaced;
    }

    /// <summary>Compares the current row.</summary>
    public void Add(long row)
    {
        foreach (var comparison in _comparisons)
        {
            comparison.Add(row);
        }
    }

    /// <summary>Throws where a transform changed what would be packed.</summary>
    /// <exception cref="InvalidOperationException">The first such column.</exception>
    public void Require()
    {
        if (_comparisons.Find(comparison => comparison.Changed is not null) is { } found)
        {
            throw new InvalidOperationException(
                $"Column '{found.Name}' was changed by a transform before PackPrompts ({found.Changed}). Where that is a part of the pipeline, the '{found.Name}' of a request passes through it and its "
                + $"'{_template.HistoryPrefix}{found.Name}' does not, so that a request gets another score than the same row in an evaluation. "
                + $"{found.Advice}or change the values where rows and requests are made, before ML.NET reads them. "
                + $"Set {nameof(PromptPackingEstimator.Options.AllowTransformedColumns)} to score interactions only, or requests whose values were transformed in the same way.");
        }
    }

    /// <summary>The values of an item column before a transform wrote over them; null: none did. Vectors have no form in requests.</summary>
    public static DataViewSchema.Column? Original(DataViewSchema schema, ItemColumn column) =>
        Replaced(schema, column.Name) is { } pair && column.Size == 0 && column.Takes(pair.Original.Type) && pair.Original.Type is not VectorDataViewType ? pair.Original : null;

    private static IEnumerable<(ItemColumn? Column, DataViewSchema.Column Original, DataViewSchema.Column Current)> Pairs(DataViewSchema schema, PromptTemplate template)
    {
        foreach (var column in template.ItemColumns)
        {
            if (Original(schema, column) is { } original)
            {
                yield return (column, original, schema[column.Name]);
            }
        }

        if (Replaced(schema, template.TimeColumn) is { } times && times.Original.Type.RawType == times.Current.Type.RawType)
        {
            yield return (null, times.Original, times.Current);
        }

        if (template.LabelColumn is { } label && Replaced(schema, label) is { } labels && OutcomeColumn.IsLabel(labels.Original.Type))
        {
            yield return (null, labels.Original, labels.Current);
        }
    }

    // A column that was never replaced is not hidden, nor is another of its name.
    private static (DataViewSchema.Column Original, DataViewSchema.Column Current)? Replaced(DataViewSchema schema, string name) =>
        schema.GetColumnOrNull(name) is { } current && schema.First(column => column.Name == name) is { IsHidden: true } original ? (original, current) : null;

    private abstract class Comparison(string name)
    {
        public string Name => name;

        /// <summary>The first change; null: none was seen.</summary>
        public virtual string? Changed { get; private set; }

        /// <summary>What to do rather than to transform the column, to be followed by another way.</summary>
        public virtual string Advice => "Leave the transform out, ";

        public void Add(long row)
        {
            if (Compare() is { } change)
            {
                Changed ??= FormattableString.Invariant($"in row {row}, counted from 0, {change.From} became {change.To}");
            }
        }

        /// <summary>Compares the current row; null: nothing changed.</summary>
        protected abstract (string From, string To)? Compare();
    }

    private sealed class Items(DataViewRow row, ItemColumn column, DataViewSchema.Column original, DataViewSchema.Column current) : Comparison(column.Name)
    {
        private readonly ItemValues _original = ItemValues.Create(row, original, column.Role);
        private readonly ItemValues _current = ItemValues.Create(row, current, column.Role);
        private readonly ValueSink _from = new();
        private readonly ValueSink _to = new();

        public override string Advice => column.Role == ItemRole.Numeric
            ? "Leave the transform out (PackPrompts puts numbers into quantile bins, which need no normalization), "
            : "Leave the transform out, ";

        protected override (string From, string To)? Compare()
        {
            _original.Load();
            _current.Load();
            _original.Emit(0, _from);
            _current.Emit(0, _to);
            return _from.IsSameAs(_to) ? null : (_from.ToString(), _to.ToString());
        }
    }

    private sealed class Times(DataViewRow row, DataViewSchema.Column original, DataViewSchema.Column current) : Comparison(original.Name)
    {
        private readonly Func<long?> _original = TimeColumn.CreateTolerantReader(row, original);
        private readonly Func<long> _current = TimeColumn.CreateReader(row, current);

        protected override (string From, string To)? Compare() =>
            _original() is var from && _current() is var to && from != to ? (from is { } time ? TimeColumn.Describe(original.Type, time) : "a missing time", TimeColumn.Describe(original.Type, to)) : null;
    }

    /// <summary>Where some label was none at first (a rating), a request that gave such values as outcomes would be refused: nobody gives them by mistake.</summary>
    private sealed class Outcomes(DataViewRow row, DataViewSchema.Column original, DataViewSchema.Column current) : Comparison(original.Name)
    {
        private static readonly string[] Names = ["a click", "no click", "a missing label"];
        private readonly Func<int?> _original = OutcomeColumn.CreateTolerantReader(row, original);
        private readonly Func<int?> _current = OutcomeColumn.CreateTolerantReader(row, current);
        private bool _wasOther;

        public override string? Changed => _wasOther ? null : base.Changed;

        protected override (string From, string To)? Compare()
        {
            int? from = _original(), to = _current();
            _wasOther |= from is null;
            return from is { } before && to is { } after && before != after ? (Names[before], Names[after]) : null;
        }
    }

    /// <summary>Keeps one value.</summary>
    private sealed class ValueSink : ItemSink
    {
        private readonly List<char> _text = [];
        private double? _number;

        public override void Add(ReadOnlySpan<char> value)
        {
            _text.Clear();
            _text.AddRange(value);
        }

        public override void Add(double value) => _number = value;

        public bool IsSameAs(ValueSink other) => _number.Equals(other._number) && _text.SequenceEqual(other._text);

        public override string ToString() => _number?.ToString(CultureInfo.InvariantCulture) ?? $"'{string.Concat(_text)}'";
    }
}
