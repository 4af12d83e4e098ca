using Dtic.Transforms.Data;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Passes over the source and stops at the rows of one part of a <see cref="TimeSplit"/>; values and ids are the source's.</summary>
internal sealed class TimeSplitCursor : DataViewRowCursor
{
    private readonly DataViewRowCursor _source;
    private readonly bool[] _active;
    private readonly TimeSplitPass _pass;
    private readonly bool _isTestSet;
    private readonly int _targetIndex;
    private readonly ValueGetter<bool>? _sourceFlag;
    private long _position = -1;
    private bool _done;

    public TimeSplitCursor(DataViewRowCursor source, DataViewSchema schema, bool[] active, TimeSplitPass pass, bool isTestSet, int targetIndex)
    {
        _source = source;
        Schema = schema;
        _active = active;
        _pass = pass;
        _isTestSet = isTestSet;
        _targetIndex = targetIndex;
        if (active[targetIndex] && targetIndex < source.Schema.Count)
        {
            _sourceFlag = source.GetGetter<bool>(source.Schema[targetIndex]);
        }
    }

    /// <inheritdoc/>
    public override DataViewSchema Schema { get; }

    /// <inheritdoc/>
    public override long Position => _position;

    /// <inheritdoc/>
    public override long Batch => _source.Batch;

    /// <inheritdoc/>
    public override bool IsColumnActive(DataViewSchema.Column column) => _active[Schema.IndexOf(column)];

    /// <inheritdoc/>
    public override ValueGetter<DataViewRowId> GetIdGetter() => _source.GetIdGetter();

    /// <inheritdoc/>
    public override bool MoveNext()
    {
        while (!_done && _source.MoveNext())
        {
            _pass.ReadRow();
            if (_isTestSet ? _pass.IsTest || _pass.IsContext : !_pass.IsTest)
            {
                _position++;
                return true;
            }
        }

        if (!_done)
        {
            _done = true;
            _pass.End();
        }

        _position = -1;
        return false;
    }

    /// <inheritdoc/>
    public override ValueGetter<TValue> GetGetter<TValue>(DataViewSchema.Column column)
    {
        int index = Schema.IndexOf(column);
        if (!_active[index])
        {
            throw new InvalidOperationException($"Column '{column.Name}' is not active in this cursor.");
        }

        if (index != _targetIndex)
        {
            return _source.GetGetter<TValue>(_source.Schema[index]);
        }

        ValueGetter<bool> getter = GetFlag;
        return getter as ValueGetter<TValue> ?? throw SourceSchema.WrongGetter(Schema[index], typeof(TValue));
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _source.Dispose();
        }

        base.Dispose(disposing);
    }

    private void GetFlag(ref bool value)
    {
        if (_position < 0)
        {
            throw new InvalidOperationException("The cursor is not on a row.");
        }

        value = !_isTestSet || _pass.IsTest;
        if (_sourceFlag is not null && value)
        {
            _sourceFlag(ref value);
        }
    }
}
