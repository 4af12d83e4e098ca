using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Checks;

/// <summary>What one pass over interactions tells of them, in memory bounded by the number of users: rows are only counted.</summary>
internal sealed class InteractionFacts
{
    private readonly List<int> _rowsOfUser = [];
    private readonly List<ulong> _users = [];
    private readonly Dictionary<ulong, long> _lastTime = [];

    private InteractionFacts(TimeFacts times, IEnumerable<ItemColumn> columns)
    {
        Times = times;
        Columns = [.. columns.Select(column => new ColumnFacts(column))];
    }

    public long Rows { get; private set; }

    public int Users => _users.Count;

    /// <summary>Rows that are to be predicted, of which <see cref="Labeled"/> have an outcome and <see cref="Clicks"/> a click.</summary>
    public long Targets { get; private set; }

    public long Labeled { get; private set; }

    public long Clicks { get; private set; }

    public TimeFacts Times { get; }

    public IReadOnlyList<ColumnFacts> Columns { get; }

    /// <summary>Rows by user, time and item.</summary>
    public SampledCounts Duplicates { get; } = new();

    /// <summary>The same of targets alone.</summary>
    public SampledCounts TargetRows { get; } = new();

    /// <summary>Rows by user and time.</summary>
    public SampledCounts Moments { get; } = new();

    /// <summary>Where the order of a sorted input is broken first, counted from 0; null: nowhere.</summary>
    public long? UnsortedRow { get; private set; }

    /// <summary>Of the targets those that are earlier than their user's last row of the other view.</summary>
    public long BeforeOther { get; private set; }

    /// <summary>Of the targets those that are earlier than the last row of the other view, of whatever user.</summary>
    public long BeforeAllOther { get; private set; }

    /// <summary>Users that the other view has, too.</summary>
    public int SharedUsers { get; private set; }

    /// <summary>Users with one row.</summary>
    public int OneRowUsers => _rowsOfUser.Count(rows => rows == 1);

    /// <summary>Rows per user, ascending, at shares 0, 1/4, 1/2, 3/4 and 1.</summary>
    public int[] RowsPerUser()
    {
        int[] rows = [.. _rowsOfUser.Order()];
        return [.. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(share => rows[(int)Math.Round(share * (rows.Length - 1))])];
    }

    /// <summary>Reads all rows.</summary>
    /// <param name="view">Interactions.</param>
    /// <param name="template">Where the columns are.</param>
    /// <param name="train">For a test view: what was trained on.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">A label or a time is none.</exception>
    public static InteractionFacts Read(IDataView view, PromptTemplate template, InteractionFacts? train = null)
    {
        var columns = InteractionColumns.Find(view.Schema, template);
        var facts = new InteractionFacts(new TimeFacts(columns.Time.Type), template.TokenColumns());
        var needed = template.TokenColumns().Select(columns.Find).Append(columns.User).Append(columns.Time);
        if (columns.Label is { } labelColumn) needed = needed.Append(labelColumn);
        if (columns.Target is { } targetColumn) needed = needed.Append(targetColumn);
        using var cursor = view.GetRowCursor(needed.DistinctBy(column => column.Index));
        var users = UserColumn.CreateReader(cursor, columns.User);
        var time = TimeColumn.CreateReader(cursor, columns.Time);
        var outcome = columns.Label is { } label ? OutcomeColumn.CreateReader(cursor, label) : () => SpecialToken.Unknown;
        var flag = columns.Target is { } target ? cursor.GetGetter<bool>(target) : (ref bool value) => value = true;
        bool? clicked = null;
        ulong hash = 0;
        ItemValues[] values = [.. facts.Columns.Select(column => ItemValues.Create(cursor, columns.Find(column.Column), column.Column.Role))];
        ItemSink[] sinks = [.. facts.Columns.Select(column => column.CreateSink(() => clicked, code => hash = RowHash.Add(hash, code)))];
        var now = DateTime.UtcNow;
        int lastUser = -1;
        long lastTime = long.MinValue;
        while (cursor.MoveNext())
        {
            int user = users.Read();
            long instant = time();
            bool isTarget = true;
            flag(ref isTarget);
            clicked = outcome() switch { SpecialToken.Click => true, SpecialToken.NoClick => false, _ => null };
            bool isNew = user == facts.Users;
            if (isNew) facts.AddUser(RowHash.Add(RowHash.Start, users.Describe()), train);
            if ((user != lastUser && !isNew) || (user == lastUser && instant < lastTime)) facts.UnsortedRow ??= facts.Rows;
            (lastUser, lastTime) = (user, instant);
            facts.AddRow(user, instant, isTarget, clicked, train, now);
            hash = RowHash.Add(facts._users[user], (ulong)instant);
            facts.Moments.Add(hash);
            for (int column = 0; column < values.Length; column++)
            {
                values[column].Load();
                for (int index = 0; index < values[column].Count; index++) values[column].Emit(index, sinks[column]);
                sinks[column].End();
                hash = RowHash.Add(hash, (ulong)column);
            }
            facts.Duplicates.Add(hash);
            if (isTarget) facts.TargetRows.Add(hash);
        }
        return facts;
    }

    private void AddUser(ulong user, InteractionFacts? train)
    {
        _users.Add(user);
        _rowsOfUser.Add(0);
        SharedUsers += train?._lastTime.ContainsKey(user) == true ? 1 : 0;
    }

    private void AddRow(int user, long instant, bool isTarget, bool? clicked, InteractionFacts? train, DateTime now)
    {
        Rows++;
        _rowsOfUser[user]++;
        Times.Add(instant, now);
        ulong id = _users[user];
        _lastTime[id] = _lastTime.TryGetValue(id, out long last) ? Math.Max(last, instant) : instant;
        if (!isTarget) return;
        Targets++;
        Labeled += clicked is null ? 0 : 1;
        Clicks += clicked is true ? 1 : 0;
        if (train is null) return;
        BeforeOther += train._lastTime.TryGetValue(id, out long trained) && instant < trained ? 1 : 0;
        BeforeAllOther += instant < train.Times.Greatest ? 1 : 0;
    }
}
