using System.Reflection;
using Dtic.Transforms.Prompts;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Scoring;

/// <summary>A column of prompts on its way to the scored rows: the values of the prompts read ahead, in buffers that are used again.</summary>
/// <remarks>
/// A scalar or a vector of fixed size belongs to the prompt and is repeated for each target. A vector of variable size has one slot per target, or as many as its
/// annotation says, and each target gets its own.
/// </remarks>
internal abstract class PassedColumn
{
    /// <summary>The type of the column in the scored rows.</summary>
    public static DataViewType TypeOf(DataViewSchema.Column column) => column.Type switch
    {
        VectorDataViewType { IsKnownSize: false } vector => Dimensions(column) is { } dimensions ? new VectorDataViewType(vector.ItemType, dimensions) : vector.ItemType,
        var type => type,
    };

    /// <summary>Buffers of one column. With <paramref name="isPerTarget"/> false every type is repeated as it is.</summary>
    public static PassedColumn Create(DataViewRow source, DataViewSchema.Column column, bool isPerTarget)
    {
        var (kind, item) = column.Type switch
        {
            VectorDataViewType { IsKnownSize: false } split when isPerTarget => (Dimensions(column) is null ? typeof(TargetValues<>) : typeof(TargetVectors<>), split.ItemType.RawType),
            VectorDataViewType vector => (typeof(RepeatedVectors<>), vector.ItemType.RawType),
            var type => (typeof(RepeatedValues<>), type.RawType),
        };
        return (PassedColumn)Activator.CreateInstance(
            kind.MakeGenericType(item), BindingFlags.Instance | BindingFlags.Public | BindingFlags.DoNotWrapExceptions, null, [source, column], null)!;
    }

    /// <summary>Reads the source's current prompt into a buffer.</summary>
    public abstract void Read(int prompt, int targetCount);

    /// <summary>A getter of the value of the target that <paramref name="target"/> names when the getter is called.</summary>
    public abstract Delegate CreateGetter(Func<TargetPosition> target);

    /// <summary>Of the vector that each target has; null: it has a single value.</summary>
    private static int[]? Dimensions(DataViewSchema.Column column)
    {
        if (column.Annotations.Schema.GetColumnOrNull(PromptColumns.FlattenedDimensions) is null)
        {
            return null;
        }

        VBuffer<int> dimensions = default;
        column.Annotations.GetValue(PromptColumns.FlattenedDimensions, ref dimensions);
        return [.. dimensions.DenseValues()];
    }

    private static int Width(DataViewSchema.Column column) => Dimensions(column)!.Aggregate(1, (product, size) => product * size);

    private static T[] Grown<T>(T[] buffers, int length)
    {
        if (length > buffers.Length)
        {
            Array.Resize(ref buffers, Math.Max(length, 2 * buffers.Length));
        }

        return buffers;
    }

    private sealed class RepeatedValues<T>(DataViewRow source, DataViewSchema.Column column) : PassedColumn
    {
        private readonly ValueGetter<T> _getter = source.GetGetter<T>(column);
        private T[] _values = [];

        public override void Read(int prompt, int targetCount)
        {
            _values = Grown(_values, prompt + 1);
            _getter(ref _values[prompt]);
        }

        public override Delegate CreateGetter(Func<TargetPosition> target) => (ValueGetter<T>)((ref T value) => value = _values[target().Prompt]);
    }

    private sealed class RepeatedVectors<T>(DataViewRow source, DataViewSchema.Column column) : PassedColumn
    {
        private readonly ValueGetter<VBuffer<T>> _getter = source.GetGetter<VBuffer<T>>(column);
        private VBuffer<T>[] _values = [];

        public override void Read(int prompt, int targetCount)
        {
            _values = Grown(_values, prompt + 1);
            _getter(ref _values[prompt]);
        }

        public override Delegate CreateGetter(Func<TargetPosition> target) =>
            (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) => _values[target().Prompt].CopyTo(ref value));
    }

    private abstract class Split<T>(DataViewRow source, DataViewSchema.Column column, int width) : PassedColumn
    {
        private readonly ValueGetter<VBuffer<T>> _getter = source.GetGetter<VBuffer<T>>(column);
        private VBuffer<T>[] _values = [];

        public sealed override void Read(int prompt, int targetCount)
        {
            _values = Grown(_values, prompt + 1);
            ref var values = ref _values[prompt];
            _getter(ref values);
            if (values.Length != targetCount * width)
            {
                throw new InvalidOperationException(FormattableString.Invariant(
                    $"Column '{column.Name}' has {values.Length} values in a prompt of {targetCount} targets, expected {targetCount * width}: ")
                    + "beside prompts a variable vector holds values of each target. Compute the column before PackPrompts, or drop it.");
            }
        }

        protected VBuffer<T> Values(int prompt) => _values[prompt];
    }

    private sealed class TargetValues<T>(DataViewRow source, DataViewSchema.Column column) : Split<T>(source, column, 1)
    {
        public override Delegate CreateGetter(Func<TargetPosition> target) => (ValueGetter<T>)((ref T value) =>
        {
            var at = target();
            value = Values(at.Prompt).GetItemOrDefault(at.Target);
        });
    }

    private sealed class TargetVectors<T>(DataViewRow source, DataViewSchema.Column column) : Split<T>(source, column, Width(column))
    {
        private readonly int _width = Width(column);

        public override Delegate CreateGetter(Func<TargetPosition> target) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> value) =>
        {
            var at = target();
            var values = Values(at.Prompt);
            var editor = VBufferEditor.Create(ref value, _width);
            for (int slot = 0; slot < _width; slot++)
            {
                editor.Values[slot] = values.GetItemOrDefault((at.Target * _width) + slot);
            }

            value = editor.Commit();
        });
    }
}

/// <summary>One target among the prompts read ahead.</summary>
/// <param name="Prompt">Which prompt.</param>
/// <param name="Target">Which of its targets.</param>
internal readonly record struct TargetPosition(int Prompt, int Target);
