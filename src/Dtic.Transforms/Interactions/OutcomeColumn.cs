using Dtic.Transforms.Data;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Interactions;

/// <summary>Reads a label column as the token of its outcome.</summary>
internal static class OutcomeColumn
{
    private const string Role = "label";

    /// <summary>The label column of <paramref name="schema"/>.</summary>
    /// <exception cref="ArgumentException">The column is missing or of a wrong type.</exception>
    public static DataViewSchema.Column Find(DataViewSchema schema, string name)
    {
        var column = SourceSchema.Find(schema, name, Role);
        Check(name, column.Type);
        return column;
    }

    /// <summary>Throws unless a label can have that type.</summary>
    public static void Check(string name, DataViewType type)
    {
        if (type is not BooleanDataViewType && type != NumberDataViewType.Single)
        {
            throw SourceSchema.WrongType(name, type, Role, "Boolean, or Single with 0, 1 or NaN");
        }
    }

    /// <summary>Reads the outcome of the current row.</summary>
    public static Func<int> CreateReader(DataViewRow row, DataViewSchema.Column column)
    {
        if (column.Type is BooleanDataViewType)
        {
            var getter = row.GetGetter<bool>(column);
            bool value = false;
            return () =>
            {
                getter(ref value);
                return Outcome(value);
            };
        }
        else
        {
            var getter = row.GetGetter<float>(column);
            float value = 0;
            return () =>
            {
                getter(ref value);
                return Outcome(value, column.Name, row.Position);
            };
        }
    }

    /// <summary>Reads the outcomes of a vector of labels, one for each past interaction of a request.</summary>
    public static Func<int[]> CreateVectorReader(DataViewRow row, DataViewSchema.Column column)
    {
        if (((VectorDataViewType)column.Type).ItemType is BooleanDataViewType)
        {
            var getter = row.GetGetter<VBuffer<bool>>(column);
            VBuffer<bool> values = default;
            return () =>
            {
                getter(ref values);
                return [.. values.DenseValues().Select(Outcome)];
            };
        }
        else
        {
            var getter = row.GetGetter<VBuffer<float>>(column);
            VBuffer<float> values = default;
            return () =>
            {
                getter(ref values);
                return [.. values.DenseValues().Select(value => Outcome(value, column.Name, row.Position))];
            };
        }
    }

    private static int Outcome(bool clicked) => clicked ? SpecialToken.Click : SpecialToken.NoClick;

    private static int Outcome(float label, string name, long row) => label switch
    {
        1 => SpecialToken.Click,
        0 => SpecialToken.NoClick,
        float.NaN => SpecialToken.Unknown,
        _ => throw new InvalidOperationException(FormattableString.Invariant(
            $"Column '{name}' (label) holds {label} in row {row} (counted from 0); a label must be 0, 1 or NaN (missing).")),
    };
}
