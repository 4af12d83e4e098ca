using Microsoft.ML;
using Microsoft.ML.Data;

namespace Dtic.MLNet.Scoring;

/// <summary>The columns that scoring adds, annotated as ML.NET's own binary classifiers do.</summary>
internal static class ScoreColumns
{
    public const int Count = 3;

    private const string SetId = "ScoreColumnSetId";

    /// <summary>Adds Score, Probability and PredictedLabel, in this order.</summary>
    public static void AddTo(DataViewSchema.Builder builder, DataViewSchema source)
    {
        uint set = source.Max(SetOf) + 1;
        builder.AddColumn("Score", NumberDataViewType.Single, Describe(set, "Score"));
        builder.AddColumn("Probability", NumberDataViewType.Single, Describe(set, "Probability", isNormalized: true));
        builder.AddColumn("PredictedLabel", BooleanDataViewType.Instance, Describe(set, "PredictedLabel"));
    }

    /// <summary>The getter of one of the three, counted from 0, over what gives the logit, and the way from there to a probability.</summary>
    public static Delegate CreateGetter(int index, Func<float> logit, PlattScaling calibration) => index switch
    {
        0 => (ValueGetter<float>)((ref float value) => value = logit()),
        1 => (ValueGetter<float>)((ref float value) => value = calibration.ColumnValue(logit())),
        _ => (ValueGetter<bool>)((ref bool value) => value = calibration.Logit(logit()) > 0),
    };

    private static uint SetOf(DataViewSchema.Column column)
    {
        uint set = 0;
        if (column.Annotations.Schema.GetColumnOrNull(SetId) is { Type: KeyDataViewType { RawType: var raw } } && raw == typeof(uint))
        {
            column.Annotations.GetValue(SetId, ref set);
        }

        return set;
    }

    private static DataViewSchema.Annotations Describe(uint set, string valueKind, bool isNormalized = false)
    {
        var annotations = new DataViewSchema.Annotations.Builder();
        annotations.AddPrimitiveValue(SetId, new KeyDataViewType(typeof(uint), int.MaxValue), set);
        annotations.AddPrimitiveValue("ScoreColumnKind", TextDataViewType.Instance, "BinaryClassification".AsMemory());
        annotations.AddPrimitiveValue("ScoreValueKind", TextDataViewType.Instance, valueKind.AsMemory());
        if (isNormalized)
        {
            annotations.AddPrimitiveValue("IsNormalized", BooleanDataViewType.Instance, true);
        }

        return annotations.ToAnnotations();
    }
}
