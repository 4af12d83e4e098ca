using System.Runtime.InteropServices;
using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Interactions;

/// <summary>What is kept of the rows that were read: numbers and token ids, never strings; of other columns compact typed buffers.</summary>
internal sealed class InteractionTable
{
    private readonly Func<int>? _readOutcome;
    private readonly ValueGetter<bool>? _readTarget;
    private readonly Func<long> _readTime;
    private readonly ItemReader? _items;
    private readonly ItemReader? _prefix;
    private readonly ItemEncoder? _itemEncoder;
    private readonly ItemEncoder? _prefixEncoder;
    private readonly bool _canBeBlank;
    private readonly ColumnBuffer[] _buffers;

    private long _forgotten;
    private readonly List<int> _users = [];
    private readonly List<long> _times = [];
    private readonly List<bool> _targets = [];
    private readonly List<bool> _blank = [];
    private readonly List<byte> _outcomes = [];
    private readonly List<int> _tokens = [];
    private readonly List<int> _tokenEnds = [];
    private readonly List<(long Time, int[] Tokens)> _prefixes = [];

    /// <param name="row">What is read.</param>
    /// <param name="columns">Where interactions stand in it.</param>
    /// <param name="template">How they become tokens.</param>
    /// <param name="vocabulary">Null: item tokens are not asked for, and their columns are not read, but for what tells whether anything stands there.</param>
    /// <param name="readLabels">Whether outcomes are asked for.</param>
    /// <param name="buffered">Other columns to keep.</param>
    public InteractionTable(
        DataViewRow row, InteractionColumns columns, PromptTemplate template, Vocabulary? vocabulary, bool readLabels, IEnumerable<DataViewSchema.Column> buffered)
    {
        Users = UserColumn.CreateReader(row, columns.User);
        _readTime = TimeColumn.CreateReader(row, columns.Time);
        _readTarget = columns.Target is { } target ? row.GetGetter<bool>(target) : null;
        _readOutcome = readLabels && columns.Label is { } label ? OutcomeColumn.CreateReader(row, label) : null;
        _canBeBlank = columns.CanBeBlank;
        if (vocabulary is not null || _canBeBlank)
        {
            _items = new ItemReader(template.ItemColumns, row, columns.Find, columns.FindShown);
        }

        if (vocabulary is not null)
        {
            _itemEncoder = new ItemEncoder(_items!, template.ItemColumns, vocabulary, template.MaximumTokensPerInteraction);
            _prefix = new ItemReader(template.PrefixColumns, row, columns.Find);
            _prefixEncoder = new ItemEncoder(_prefix, template.PrefixColumns, vocabulary, template.MaximumTokensPerInteraction);
        }

        Buffers = buffered.ToDictionary(column => column.Index, column => ColumnBuffer.Create(row, column));
        _buffers = [.. Buffers.Values];
    }

    /// <summary>The user column.</summary>
    public UserColumn Users { get; }

    /// <summary>The kept columns, by their index in the source.</summary>
    public IReadOnlyDictionary<int, ColumnBuffer> Buffers { get; }

    /// <summary>Number of interactions.</summary>
    public int Count => _times.Count;

    /// <summary>Where the row stands in the source, counted from 0.</summary>
    public long SourceRow(int row) => _forgotten + row;

    public long Time(int row) => _times[row];

    public int User(int row) => _users[row];

    public bool IsTarget(int row) => _targets[row];

    /// <summary>Whether nothing stands in any of the item columns.</summary>
    public bool IsBlank(int row) => _canBeBlank && _blank[row];

    /// <summary>The token of the outcome.</summary>
    public int Outcome(int row) => _readOutcome is null ? SpecialToken.Unknown : _outcomes[row];

    /// <summary>The item tokens.</summary>
    public ReadOnlySpan<int> Items(int row)
    {
        int start = row == 0 ? 0 : _tokenEnds[row - 1];
        return CollectionsMarshal.AsSpan(_tokens)[start.._tokenEnds[row]];
    }

    /// <summary>The tokens that describe the user of a row: those of the user's earliest one.</summary>
    public ReadOnlySpan<int> Prefix(int row) => _prefixes[_users[row]].Tokens;

    /// <summary>Appends the source's current row. Its user was read before.</summary>
    /// <param name="user">The user's number: at most one more than the highest so far.</param>
    public void Append(int user)
    {
        long time = _readTime();
        _users.Add(user);
        _times.Add(time);
        bool isTarget = true;
        _readTarget?.Invoke(ref isTarget);
        _targets.Add(isTarget);
        if (_readOutcome is not null)
        {
            _outcomes.Add((byte)_readOutcome());
        }

        if (_items is not null)
        {
            _items.Load();
            if (_canBeBlank)
            {
                _blank.Add(_items.IsBlank());
            }
        }

        if (_itemEncoder is not null && _prefix is not null && _prefixEncoder is not null)
        {
            _tokens.AddRange(_itemEncoder.Encode());
            _tokenEnds.Add(_tokens.Count);
            bool isNew = user == _prefixes.Count;
            if (isNew)
            {
                _prefixes.Add(default);
            }

            if (isNew || time < _prefixes[user].Time)
            {
                _prefix.Load();
                _prefixes[user] = (time, [.. _prefixEncoder.Encode()]);
            }
        }

        foreach (var buffer in _buffers)
        {
            buffer.Append();
        }
    }

    /// <summary>Forgets all rows, but not the numbers of the users.</summary>
    public void Clear()
    {
        _forgotten += Count;
        _users.Clear();
        _times.Clear();
        _targets.Clear();
        _blank.Clear();
        _outcomes.Clear();
        _tokens.Clear();
        _tokenEnds.Clear();
        _prefixes.Clear();
        foreach (var buffer in _buffers)
        {
            buffer.Clear();
        }
    }
}
