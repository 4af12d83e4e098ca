using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Checks;

/// <summary>What one pass over interactions tells of them, in memory bounded by the number of users: rows are only counted.</summary>
internal sealed class InteractionFacts
{
    private readonly List<User> _users = [];
    private readonly Dictionary<ulong, User> _userOfHash = [];

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
    public int OneRowUsers => _users.Count(user => user.Rows == 1);

    /// <summary>Rows per user, ascending, at shares 0, 1/4, 1/2, 3/4 and 1.</summary>
    public int[] RowsPerUser()
    {
        int[] rows = [.. _users.Select(user => user.Rows).Order()];
        return [.. new[] { 0, 0.25, 0.5, 0.75, 1 }.Select(share => rows[(int)Math.Round(share * (rows.Length - 1))])];
    }

    /// <summary>Users with targets and fewer earlier rows than both a context takes and the other view has of them.</summary>
    /// <param name="contextLength">Rows that a context takes.</param>
    /// <returns>How many, and the most earlier rows that one of them has.</returns>
    /// <remarks>Every row that is no target counts as an earlier one: too few users are found rather than too many. Wants targets that are not <see cref="BeforeOther"/>.</remarks>
    public (int Users, int MostRows) ShortOfContext(int contextLength)
    {
        int[] rows =
        [
            .. from user in _users
               let context = user.Rows - user.Targets
               where user.Targets > 0 && context < Math.Min(contextLength, user.Trained?.Rows ?? 0)
               select context,
        ];
        return (rows.Length, rows.DefaultIfEmpty().Max());
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
            facts.AddRow(facts._users[user], instant, isTarget, clicked, train, now);
            hash = RowHash.Add(facts._users[user].Hash, (ulong)instant);
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

    private void AddUser(ulong hash, InteractionFacts? train)
    {
        var user = new User(hash, train?._userOfHash.GetValueOrDefault(hash));
        _users.Add(user);
        _userOfHash[hash] = user;
        SharedUsers += user.Trained is null ? 0 : 1;
    }

    private void AddRow(User user, long instant, bool isTarget, bool? clicked, InteractionFacts? train, DateTime now)
    {
        Rows++;
        user.Rows++;
        user.LastTime = Math.Max(user.LastTime, instant);
        Times.Add(instant, now);
        if (!isTarget) return;
        Targets++;
        user.Targets++;
        Labeled += clicked is null ? 0 : 1;
        Clicks += clicked is true ? 1 : 0;
        if (train is null) return;
        BeforeOther += instant < user.Trained?.LastTime ? 1 : 0;
        BeforeAllOther += instant < train.Times.Greatest ? 1 : 0;
    }

    /// <summary>What is counted of a user.</summary>
    private sealed class User(ulong hash, User? trained)
    {
        public ulong Hash => hash;

        /// <summary>The same user in the other view.</summary>
        public User? Trained => trained;

        public int Rows { get; set; }

        public int Targets { get; set; }

        public long LastTime { get; set; } = long.MinValue;
    }
}
