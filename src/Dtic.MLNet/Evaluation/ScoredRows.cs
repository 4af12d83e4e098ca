using System.Globalization;
using System.Runtime.InteropServices;
using Dtic.Transforms.Data;
using Dtic.Transforms.Interactions;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet.Evaluation;

/// <summary>A scored view in memory: at most 15 bytes a row, whatever else the view carries.</summary>
/// <remarks>Columns that were not asked for stay empty.</remarks>
internal sealed class ScoredRows
{
    /// <summary>What <see cref="Labels"/> holds where there is none.</summary>
    public const byte Missing = 2;

    private readonly List<float> _scores = [], _probabilities = [];
    private readonly List<byte> _labels = [], _histories = [];
    private readonly List<int> _users = [];
    private readonly List<bool> _seen = [];
    private readonly List<long> _instants = [];

    private ScoredRows()
    {
    }

    public int Count => _probabilities.Count;

    public ReadOnlySpan<float> Scores => CollectionsMarshal.AsSpan(_scores);

    public ReadOnlySpan<float> Probabilities => CollectionsMarshal.AsSpan(_probabilities);

    /// <summary>0, 1 or <see cref="Missing"/>.</summary>
    public ReadOnlySpan<byte> Labels => CollectionsMarshal.AsSpan(_labels);

    /// <summary>Users, numbered from 0.</summary>
    public ReadOnlySpan<int> Users => CollectionsMarshal.AsSpan(_users);

    /// <summary>The group of history lengths that each row belongs to.</summary>
    public ReadOnlySpan<byte> Histories => CollectionsMarshal.AsSpan(_histories);

    /// <summary>Whether the row's item was seen in training.</summary>
    public ReadOnlySpan<bool> Seen => CollectionsMarshal.AsSpan(_seen);

    /// <summary>Times, as <see cref="TimeColumn"/> numbers them.</summary>
    public ReadOnlySpan<long> Instants => CollectionsMarshal.AsSpan(_instants);

    /// <summary>How many users there are; 0 where they were not asked for.</summary>
    public int NumberOfUsers { get; private set; }

    /// <summary>How many rows have no label.</summary>
    public long NumberOfMissingLabels { get; private set; }

    /// <summary>How many rows are not to be predicted, and so not kept.</summary>
    public long NumberOfContextRows { get; private set; }

    /// <summary>Rows with a label, for figures of quality.</summary>
    /// <param name="view">The scored view.</param>
    /// <param name="options">Its columns.</param>
    /// <param name="log">Is told of rows that are left out though they have a label.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">A value is none that its column may hold, or there are more than two thousand million rows.</exception>
    public static ScoredRows Read(IDataView view, ClickEvaluationOptions options, IChannel log)
    {
        options.Check();
        return Read(view, options, log, options.ScoreColumnName, options.UserColumnName, timeColumnName: null, keepsUnlabeled: false);
    }

    /// <summary>All rows, with or without a label, for comparing views.</summary>
    /// <inheritdoc cref="Read(IDataView, ClickEvaluationOptions, IChannel)"/>
    public static ScoredRows Read(IDataView view, DriftOptions options, IChannel log)
    {
        options.Check();
        return Read(view, options, log, scoreColumnName: null, userColumnName: null, options.TimeColumnName, keepsUnlabeled: true);
    }

    private static ScoredRows Read(
        IDataView view, ScoredColumnOptions options, IChannel log, string? scoreColumnName, string? userColumnName, string? timeColumnName, bool keepsUnlabeled)
    {
        var schema = view.Schema;
        var rows = new ScoredRows();
        DataViewSchema.Column? label = keepsUnlabeled && schema.GetColumnOrNull(options.LabelColumnName) is null ? null : FindLabel(schema, options.LabelColumnName);
        DataViewSchema.Column? target = options.TargetColumnName is { } flag && flag != options.LabelColumnName ? TargetColumn.FindOrNull(schema, flag) : null;
        var probability = Find(schema, options.ProbabilityColumnName, "probability", NumberDataViewType.Single);
        DataViewSchema.Column? score = scoreColumnName is null ? null : Find(schema, scoreColumnName, "score", NumberDataViewType.Single);
        DataViewSchema.Column? user = userColumnName is null ? null : UserColumn.Find(schema, userColumnName);
        DataViewSchema.Column? history = options.HistoryLengthColumnName is null ? null : Find(schema, options.HistoryLengthColumnName, "history length", NumberDataViewType.Int32);
        DataViewSchema.Column? item = options.ItemColumnName is null ? null : SeenItems.Find(schema, options.ItemColumnName);
        DataViewSchema.Column? time = timeColumnName is null ? null : TimeColumn.Find(schema, timeColumnName);
        var seen = item is { } found ? SeenItems.Read(options.TrainingData!, found) : null;

        DataViewSchema.Column?[] asked = [label, target, probability, score, user, history, item, time];
        using var cursor = view.GetRowCursor(asked.OfType<DataViewSchema.Column>().DistinctBy(column => column.Index));
        var readLabel = label is { } l ? LabelGetter(cursor, l) : () => Missing;
        var readTarget = target is { } f ? Reader<bool, bool>(cursor, f, static value => value) : () => true;
        var columns = new List<Action> { Appending(rows._probabilities, Probability(cursor, probability)) };
        if (score is { } s) columns.Add(Appending(rows._scores, Score(cursor, s)));
        var users = user is { } u ? UserColumn.CreateReader(cursor, u) : null;
        if (users is not null) columns.Add(Appending(rows._users, users.Read));
        if (history is { } h) columns.Add(Appending(rows._histories, History(cursor, h, [.. options.HistoryLengths])));
        if (item is { } i) columns.Add(Appending(rows._seen, seen!.CreateReader(cursor, i)));
        if (time is { } t) columns.Add(Appending(rows._instants, TimeColumn.CreateReader(cursor, t)));
        while (cursor.MoveNext())
        {
            if (!readTarget())
            {
                rows.NumberOfContextRows++;
                continue;
            }
            byte value = readLabel();
            if (value == Missing) rows.NumberOfMissingLabels++;
            if (value == Missing && !keepsUnlabeled) continue;
            if (rows.Count == Array.MaxLength) throw new InvalidOperationException(FormattableString.Invariant($"The view has more than {Array.MaxLength:N0} rows, which is all that can be read at once."));
            rows._labels.Add(value);
            foreach (var append in columns) append();
        }
        rows.NumberOfUsers = users?.Count ?? 0;
        if (rows.NumberOfContextRows > 0)
        {
            string name = options.TargetColumnName == "IsTarget" ? "" : $", \"{options.TargetColumnName}\"";
            log.Warning(MessageSensitivity.None, FormattableString.Invariant(
                $"{rows.NumberOfContextRows:N0} rows are context ('{options.TargetColumnName}' is false) and are left out. ML.NET's Evaluate counts them: give it mlContext.Data.FilterRowsToTargets(scored{name})."));
        }
        return rows;
    }

    private static Action Appending<T>(List<T> values, Func<T> read) => () => values.Add(read());

    private static DataViewSchema.Column Find(DataViewSchema schema, string name, string role, DataViewType wanted)
    {
        var column = SourceSchema.Find(schema, name, role);
        return column.Type.Equals(wanted) ? column : throw SourceSchema.WrongType(name, column.Type, role, SourceSchema.Describe(wanted));
    }

    private static DataViewSchema.Column FindLabel(DataViewSchema schema, string name)
    {
        var column = SourceSchema.Find(schema, name, "label");
        return OutcomeColumn.IsLabel(column.Type) ? column : throw SourceSchema.WrongType(name, column.Type, "label", LabelReader.Types);
    }

    private static Func<byte> LabelGetter(DataViewRow row, DataViewSchema.Column column) => column.Type is BooleanDataViewType
        ? Reader<bool, byte>(row, column, static value => value ? (byte)1 : (byte)0)
        : ConvertedValues<byte>.CreateOfNumbers(row, column, value => value switch
        {
            0 => 0,
            1 => 1,
            double.NaN => Missing,
            _ => throw Wrong(row, column, (float)value, "0, 1 or NaN (missing)"),
        }).Read;

    private static Func<float> Probability(DataViewRow row, DataViewSchema.Column column) =>
        Reader<float, float>(row, column, value => value is >= 0 and <= 1 ? value : throw Wrong(row, column, value, "a probability from 0 to 1"));

    private static Func<float> Score(DataViewRow row, DataViewSchema.Column column) =>
        Reader<float, float>(row, column, value => float.IsNaN(value) ? throw Wrong(row, column, value, "a number that can be ranked") : value);

    private static Func<byte> History(DataViewRow row, DataViewSchema.Column column, int[] bounds) => Reader<int, byte>(row, column, value =>
    {
        if (value < 0) throw Wrong(row, column, value, "0 or more");
        int at = Array.BinarySearch(bounds, value);
        return (byte)(at >= 0 ? at : ~at - 1);
    });

    private static Func<TResult> Reader<T, TResult>(DataViewRow row, DataViewSchema.Column column, Func<T, TResult> convert)
    {
        var getter = row.GetGetter<T>(column);
        T value = default!;
        return () =>
        {
            getter(ref value);
            return convert(value);
        };
    }

    private static InvalidOperationException Wrong(DataViewRow row, DataViewSchema.Column column, float found, string wanted) => new(string.Create(
        CultureInfo.InvariantCulture, $"Column '{column.Name}' holds {found} in row {row.Position} (counted from 0), expected {wanted}."));
}
