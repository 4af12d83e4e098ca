using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Interactions;

/// <summary>
/// Goes through a view user by user: all rows are read at the first step and grouped in order of the users' first appearance, or, where the input is
/// declared sorted, one user's rows at each step. One thread at a time.
/// </summary>
internal sealed class UserHistories : IDisposable
{
    private readonly DataViewRowCursor _cursor;
    private readonly bool _isSorted;
    private int[] _rows = [];
    private int[] _userEnds = [];
    private int _user = -1;
    private int _userOfRow;
    private bool _onRow;

    /// <param name="source">The interactions.</param>
    /// <param name="columns">Where they stand.</param>
    /// <param name="template">How they become prompts.</param>
    /// <param name="vocabulary">Null: item tokens are not asked for, and their columns are not read, but for what tells whether anything stands there.</param>
    /// <param name="readLabels">Whether outcomes are asked for.</param>
    /// <param name="buffered">Other columns to keep.</param>
    public UserHistories(
        IDataView source, InteractionColumns columns, PromptTemplate template, Vocabulary? vocabulary, bool readLabels, IReadOnlyList<DataViewSchema.Column> buffered)
    {
        var needed = new List<DataViewSchema.Column> { columns.User, columns.Time };
        needed.AddRange(buffered);
        if (columns.Target is { } target)
        {
            needed.Add(target);
        }

        if (readLabels && columns.Label is { } label)
        {
            needed.Add(label);
        }

        if (vocabulary is not null || columns.CanBeBlank)
        {
            needed.AddRange(template.ItemColumns.SelectMany(column => new[] { columns.Find(column), columns.FindShown(column) }));
        }

        if (vocabulary is not null)
        {
            needed.AddRange(template.PrefixColumns.Select(columns.Find));
        }

        _isSorted = template.InputIsSorted;
        _cursor = source.GetRowCursor(needed.DistinctBy(column => column.Index));
        Table = new InteractionTable(_cursor, columns, template, vocabulary, readLabels, buffered);
    }

    /// <summary>The rows in memory.</summary>
    public InteractionTable Table { get; }

    /// <summary>The current user's rows of <see cref="Table"/>, oldest first; rows of one moment in the order of the source.</summary>
    public ReadOnlyMemory<int> Rows { get; private set; }

    /// <summary>Goes to the next user.</summary>
    public bool MoveNext() => _isSorted ? ReadNextUser() : TakeNextUser();

    /// <inheritdoc/>
    public void Dispose() => _cursor.Dispose();

    private bool TakeNextUser()
    {
        if (_user < 0)
        {
            ReadAll();
        }

        _user++;
        if (_user >= _userEnds.Length)
        {
            return false;
        }

        int start = _user == 0 ? 0 : _userEnds[_user - 1];
        Rows = _rows.AsMemory(start, _userEnds[_user] - start);
        return true;
    }

    private void ReadAll()
    {
        while (_cursor.MoveNext())
        {
            Table.Append(Table.Users.Read());
        }

        _userEnds = new int[Table.Users.Count];
        for (int row = 0; row < Table.Count; row++)
        {
            _userEnds[Table.User(row)]++;
        }

        for (int user = 1; user < _userEnds.Length; user++)
        {
            _userEnds[user] += _userEnds[user - 1];
        }

        // Filled from behind, each user's rows come to stand in source order.
        _rows = new int[Table.Count];
        int[] next = [.. _userEnds];
        for (int row = Table.Count - 1; row >= 0; row--)
        {
            _rows[--next[Table.User(row)]] = row;
        }

        for (int user = 0; user < _userEnds.Length; user++)
        {
            _rows.AsSpan(next[user].._userEnds[user]).Sort((x, y) => (Table.Time(x), x).CompareTo((Table.Time(y), y)));
        }
    }

    private bool ReadNextUser()
    {
        if (_user < 0)
        {
            _onRow = ReadUser();
        }

        if (!_onRow)
        {
            return false;
        }

        _user = _userOfRow;
        Table.Clear();
        do
        {
            Table.Append(0);
            int row = Table.Count - 1;
            if (row > 0 && Table.Time(row) < Table.Time(row - 1))
            {
                throw NotSorted("goes back in time");
            }

            _onRow = ReadUser();
        }
        while (_onRow && _userOfRow == _user);

        if (_onRow && _userOfRow < _user)
        {
            throw NotSorted("comes back after other users");
        }

        Rows = Enumerable.Range(0, Table.Count).ToArray();
        return true;
    }

    // Users are numbered as they come, so in sorted input the number never falls.
    private bool ReadUser()
    {
        if (!_cursor.MoveNext())
        {
            return false;
        }

        _userOfRow = Table.Users.Read();
        return true;
    }

    private InvalidOperationException NotSorted(string violation) => new(FormattableString.Invariant(
        $"The input was declared sorted (InputIsSorted), but user '{Table.Users.Describe()}' {violation} in row {_cursor.Position} (counted from 0). Sort it by user and time, or leave InputIsSorted at false."));
}
