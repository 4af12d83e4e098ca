using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts;
using Microsoft.ML;

namespace Dtic.Transforms.Checks;

/// <summary>What passes over interactions tell of them, in memory bounded by the number of users: rows are only counted.</summary>
internal sealed class InteractionFacts
{
    private readonly List<User> _users = [];
    private readonly Dictionary<ulong, User> _userOfHash = [];
    private User? _largest;

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

    /// <summary>Whether the view says which rows are targets.</summary>
    public bool HasTargetFlag { get; private init; }

    /// <summary>The last row that is no target, and the first that is one.</summary>
    public long LastContext { get; private set; } = long.MinValue;

    public long FirstTarget { get; private set; } = long.MaxValue;

    /// <summary>Rows whose item columns are all empty.</summary>
    public long WithoutItem { get; private set; }

    /// <summary>Rows whose user is an empty text or a missing key.</summary>
    public long WithoutUser => _users.Sum(user => user.IsUnknown ? (long)user.Rows : 0);

    /// <summary>The user who has most rows; null: they have none.</summary>
    public string? LargestUser { get; private set; }

    /// <summary>Whether a second pass gave the same.</summary>
    public Repetition Repetition { get; private set; }

    /// <summary>Users with at most so many rows, and their rows.</summary>
    public (int Users, long Rows) UpTo(int most) => (_users.Count(user => user.Rows <= most), _users.Sum(user => user.Rows <= most ? (long)user.Rows : 0));

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

    /// <summary>Reads all rows, and users, times and labels a second time.</summary>
    /// <param name="view">Interactions.</param>
    /// <param name="template">Where the columns are.</param>
    /// <param name="train">For a test view: what was trained on.</param>
    /// <exception cref="ArgumentException">A column is missing or of a wrong type.</exception>
    /// <exception cref="InvalidOperationException">A label or a time is none.</exception>
    public static InteractionFacts Read(IDataView view, PromptTemplate template, InteractionFacts? train = null)
    {
        var columns = InteractionColumns.Find(view.Schema, template);
        var facts = new InteractionFacts(new TimeFacts(columns.Time.Type), template.TokenColumns()) { HasTargetFlag = columns.Target is not null };
        var first = facts.ReadRows(view, columns, template.ItemColumns.Count, train);

        // Once more, for nothing else tells whether the view repeats itself.
        using var reader = new InteractionReader(view, columns, []);
        var second = new PassHash();
        while (reader.MoveNext()) second.Add(reader);
        facts.Repetition = first.Compare(second);
        return facts;
    }

    private PassHash ReadRows(IDataView view, InteractionColumns columns, int itemColumns, InteractionFacts? train)
    {
        var others = Columns.Select(column => columns.Find(column.Column));
        using var reader = new InteractionReader(view, columns, columns.Target is { } targetColumn ? others.Append(targetColumn) : others);
        var flag = columns.Target is { } target ? reader.Row.GetGetter<bool>(target) : (ref bool value) => value = true;
        ulong hash = 0;
        ItemValues[] values = [.. Columns.Select(column => ItemValues.Create(reader.Row, columns.Find(column.Column), column.Column.Role))];
        ItemSink[] sinks = [.. Columns.Select(column => column.CreateSink(() => reader.Clicked, code => hash = RowHash.Add(hash, code)))];
        var pass = new PassHash();
        var now = DateTime.UtcNow;
        int lastUser = -1;
        long lastTime = long.MinValue;
        while (reader.MoveNext())
        {
            bool isTarget = true;
            flag(ref isTarget);
            pass.Add(reader);
            if (reader.IsNewUser) AddUser(reader, train);
            if ((reader.User != lastUser && !reader.IsNewUser) || (reader.User == lastUser && reader.Instant < lastTime)) UnsortedRow ??= Rows;
            (lastUser, lastTime) = (reader.User, reader.Instant);
            AddRow(_users[reader.User], reader, isTarget, train, now);
            hash = RowHash.Add(reader.UserHash, (ulong)reader.Instant);
            Moments.Add(hash);
            bool hasItem = false;
            for (int column = 0; column < values.Length; column++)
            {
                values[column].Load();
                for (int index = 0; index < values[column].Count; index++) values[column].Emit(index, sinks[column]);
                sinks[column].End();
                hash = RowHash.Add(hash, (ulong)column);
                hasItem |= column < itemColumns && !Columns[column].RowIsEmpty;
            }
            WithoutItem += hasItem || itemColumns == 0 ? 0 : 1;
            Duplicates.Add(hash);
            if (isTarget) TargetRows.Add(hash);
        }
        return pass;
    }

    private void AddUser(InteractionReader reader, InteractionFacts? train)
    {
        var user = new User(string.IsNullOrWhiteSpace(reader.UserName), train?._userOfHash.GetValueOrDefault(reader.UserHash));
        _users.Add(user);
        _userOfHash[reader.UserHash] = user;
        SharedUsers += user.Trained is null ? 0 : 1;
    }

    private void AddRow(User user, InteractionReader reader, bool isTarget, InteractionFacts? train, DateTime now)
    {
        long instant = reader.Instant;
        Rows++;
        user.Rows++;
        if (user.Rows > (_largest?.Rows ?? 0) && user != _largest) (_largest, LargestUser) = (user, user.IsUnknown ? null : reader.UserName);
        user.LastTime = Math.Max(user.LastTime, instant);
        Times.Add(instant, now);
        if (!isTarget)
        {
            LastContext = Math.Max(LastContext, instant);
            return;
        }
        FirstTarget = Math.Min(FirstTarget, instant);
        Targets++;
        user.Targets++;
        Labeled += reader.Clicked is null ? 0 : 1;
        Clicks += reader.Clicked is true ? 1 : 0;
        if (train is null) return;
        BeforeOther += instant < user.Trained?.LastTime ? 1 : 0;
        BeforeAllOther += instant < train.Times.Greatest ? 1 : 0;
    }

    /// <summary>What is counted of a user.</summary>
    private sealed class User(bool isUnknown, User? trained)
    {
        /// <summary>Whether it stands for no user.</summary>
        public bool IsUnknown => isUnknown;

        /// <summary>The same user in the other view.</summary>
        public User? Trained => trained;

        public int Rows { get; set; }

        public int Targets { get; set; }

        public long LastTime { get; set; } = long.MinValue;
    }
}
