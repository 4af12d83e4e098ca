using Dtic.Transforms.Interactions;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Checks;

/// <summary>Goes through the rows of a view: who, when, and what came of it.</summary>
internal sealed class InteractionReader : IDisposable
{
    private readonly UserColumn _users;
    private readonly Func<long> _instant;
    private readonly Func<int> _outcome;
    private readonly List<ulong> _userHashes = [];

    /// <param name="view">Interactions.</param>
    /// <param name="columns">Where they stand.</param>
    /// <param name="others">Columns that are read beside.</param>
    public InteractionReader(IDataView view, InteractionColumns columns, IEnumerable<DataViewSchema.Column> others)
    {
        var needed = others.Append(columns.User).Append(columns.Time);
        Row = view.GetRowCursor((columns.Label is { } label ? needed.Append(label) : needed).DistinctBy(column => column.Index));
        _users = UserColumn.CreateReader(Row, columns.User);
        _instant = TimeColumn.CreateReader(Row, columns.Time);
        _outcome = columns.Label is { } found ? OutcomeColumn.CreateReader(Row, found) : () => SpecialToken.Unknown;
    }

    /// <summary>The current row.</summary>
    public DataViewRowCursor Row { get; }

    /// <summary>The row's user, numbered from 0.</summary>
    public int User { get; private set; }

    /// <summary>Whether the row is its user's first.</summary>
    public bool IsNewUser { get; private set; }

    /// <summary>What stands for the user in any pass.</summary>
    public ulong UserHash => _userHashes[User];

    /// <summary>The user, as a person would write it.</summary>
    public string UserName => _users.Describe();

    /// <summary>The row's time, as <see cref="TimeColumn"/> makes it.</summary>
    public long Instant { get; private set; }

    /// <summary>The row's outcome; null: unknown.</summary>
    public bool? Clicked { get; private set; }

    /// <summary>Goes to the next row.</summary>
    /// <exception cref="InvalidOperationException">A label or a time is none.</exception>
    public bool MoveNext()
    {
        if (!Row.MoveNext()) return false;
        User = _users.Read();
        IsNewUser = User == _userHashes.Count;
        if (IsNewUser) _userHashes.Add(RowHash.Add(RowHash.Start, UserName));
        Instant = _instant();
        Clicked = _outcome() switch { SpecialToken.Click => true, SpecialToken.NoClick => false, _ => null };
        return true;
    }

    /// <inheritdoc/>
    public void Dispose() => Row.Dispose();
}
