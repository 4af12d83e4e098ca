using System.Globalization;
using System.Runtime.InteropServices;
using Dtic.Transforms.Data;
using Dtic.Transforms.Interop;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>A data view of interactions and the cut in time that both its parts share.</summary>
internal sealed class TimeSplit
{
    private readonly DataViewSchema.Column _timeColumn;
    private readonly DataViewSchema.Column _userColumn;
    private readonly int _contextLength;
    private readonly TimeCut _cut;
    private readonly Lock _reading = new();
    private volatile TimeSplitRows? _rows;

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

        Source = data;
        _timeColumn = TimeColumn.Find(data.Schema, timeColumnName);
        _userColumn = UserColumn.Find(data.Schema, userColumnName);
        _contextLength = contextLength;
        _cut = cut(_timeColumn);
        (Schema, TargetIndex) = AddFlag(data.Schema, targetColumnName);
    }

    /// <summary>The interactions before the split.</summary>
    public IDataView Source { get; }

    /// <summary>The source's columns at their own indices, and the target flag.</summary>
    public DataViewSchema Schema { get; }

    /// <summary>Index of the target flag: behind the source's columns, or in place of the source's own flag.</summary>
    public int TargetIndex { get; }

    /// <summary>Which row goes where; found by a pass over two columns when first asked for.</summary>
    public TimeSplitRows Rows
    {
        get
        {
            if (_rows is null)
            {
                // Not a Lazy<T>: that would remember a failed pass for good, and a file may be readable the next time.
                lock (_reading)
                {
                    _rows ??= ReadRows();
                }
            }

            return _rows;
        }
    }

    /// <summary>The two parts.</summary>
    public DataOperationsCatalog.TrainTestData ToTrainTestData() =>
        MLNetInternals.CreateTrainTestData(new TimeSplitView(this, isTestSet: false), new TimeSplitView(this, isTestSet: true));

    private static (DataViewSchema Schema, int TargetIndex) AddFlag(DataViewSchema schema, string targetColumnName)
    {
        if (schema.GetColumnOrNull(targetColumnName) is { } flag)
        {
            return flag.Type is BooleanDataViewType
                ? (schema, flag.Index)
                : throw SourceSchema.WrongType(targetColumnName, flag.Type, "target flag", "Boolean");
        }

        var builder = new DataViewSchema.Builder();
        builder.AddColumns(schema);
        builder.AddColumn(targetColumnName, BooleanDataViewType.Instance);
        return (builder.ToSchema(), schema.Count);
    }

    private TimeSplitRows ReadRows()
    {
        var instants = new List<long>();
        var users = new List<int>();
        using var cursor = Source.GetRowCursor([_timeColumn, _userColumn]);
        var readInstant = TimeColumn.CreateReader(cursor, _timeColumn);
        var user = UserColumn.CreateReader(cursor, _userColumn);
        while (cursor.MoveNext())
        {
            instants.Add(readInstant());
            users.Add(user.Read());
        }

        if (instants.Count == 0)
        {
            throw new InvalidOperationException("The data to split has no rows.");
        }

        var times = CollectionsMarshal.AsSpan(instants);
        return new TimeSplitRows(times, CollectionsMarshal.AsSpan(users), user.Count, _cut.Find(times, _timeColumn), _contextLength);
    }
}
