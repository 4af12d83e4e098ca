using System.Globalization;
using System.Runtime.InteropServices;
using Dtic.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>A data view of interactions and the cut in time that both its parts share.</summary>
internal sealed class TimeSplit
{
    private readonly IDataView _source;
    private readonly int _targetIndex;   // behind the source's columns, or in place of the source's own flag
    private readonly DataViewSchema.Column _timeColumn;
    private readonly DataViewSchema.Column _userColumn;
    private readonly int _contextLength;
    private readonly TimeCut _cut;
    private readonly Lock _reading = new();
    private volatile TimeSplitRule? _rule;

    public TimeSplit(
        IDataView data,
        string timeColumnName,
        string userColumnName,
        int contextLength,
        string targetColumnName,
        Func<DataViewSchema.Column, TimeCut> cut)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentException.ThrowIfNullOrEmpty(timeColumnName);
        ArgumentException.ThrowIfNullOrEmpty(userColumnName);
        ArgumentException.ThrowIfNullOrEmpty(targetColumnName);
        if (contextLength < 0)
        {
            throw new ArgumentOutOfRangeException(
                nameof(contextLength),
                string.Create(CultureInfo.InvariantCulture, $"contextLength ({contextLength}) must be 0 or more."));
        }

        _source = data;
        _timeColumn = TimeColumn.Find(data.Schema, timeColumnName);
        _userColumn = UserColumn.Find(data.Schema, userColumnName);
        _contextLength = contextLength;
        _cut = cut(_timeColumn);
        (Schema, _targetIndex) = AddFlag(data.Schema, targetColumnName);
    }

    /// <summary>The source's columns at their own indices, and the target flag.</summary>
    public DataViewSchema Schema { get; }

    /// <summary>A cursor over the rows of one part.</summary>
    /// <param name="active">Which columns of <see cref="Schema"/> are asked for.</param>
    /// <param name="isTestSet">Whether it is the test set.</param>
    public TimeSplitCursor Open(bool[] active, bool isTestSet)
    {
        var rule = Rule();
        DataViewSchema.Column? user = isTestSet && rule.ContextRows > 0 ? _userColumn : null;
        var columns = _source.Schema.Where(column => active[column.Index] || column.Index == _timeColumn.Index || column.Index == user?.Index);
        var cursor = _source.GetRowCursor(columns);
        return new TimeSplitCursor(cursor, Schema, active, new TimeSplitPass(rule, cursor, _timeColumn, user), isTestSet, _targetIndex);
    }

    /// <summary>The two parts.</summary>
    public DataOperationsCatalog.TrainTestData ToTrainTestData() =>
        MLNetInternals.CreateTrainTestData(new TimeSplitView(this, isTestSet: false), new TimeSplitView(this, isTestSet: true));

    private static (DataViewSchema Schema, int TargetIndex) AddFlag(DataViewSchema schema, string targetColumnName)
    {
        if (TargetColumn.FindOrNull(schema, targetColumnName) is { } flag)
        {
            return (schema, flag.Index);
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(schema);
        builder.AddColumn(targetColumnName, BooleanDataViewType.Instance);
        return (builder.ToSchema(), schema.Count);
    }

    /// <summary>Which row goes where; found by a pass over two columns when first asked for.</summary>
    private TimeSplitRule Rule()
    {
        if (_rule is null)
        {
            // Not a Lazy<T>: that would remember a failed pass for good, and a file may be readable the next time.
            lock (_reading)
            {
                _rule ??= FindRule();
            }
        }

        return _rule;
    }

    private TimeSplitRule FindRule()
    {
        var instants = new List<long>();
        var users = new List<int>();
        var names = new List<string>();
        using var cursor = _source.GetRowCursor([_timeColumn, _userColumn]);
        var readInstant = TimeColumn.CreateReader(cursor, _timeColumn);
        var user = UserColumn.CreateReader(cursor, _userColumn);
        while (cursor.MoveNext())
        {
            instants.Add(readInstant());
            users.Add(user.Read());
            if (user.Count > names.Count)
            {
                names.Add(user.Describe());
            }
        }

        if (instants.Count == 0)
        {
            throw new InvalidOperationException("The data to split has no rows.");
        }

        var times = CollectionsMarshal.AsSpan(instants);
        return new TimeSplitRule(times, CollectionsMarshal.AsSpan(users), names, _cut.Find(times, _timeColumn), _contextLength);
    }
}
