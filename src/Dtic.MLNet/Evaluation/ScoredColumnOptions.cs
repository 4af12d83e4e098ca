using Microsoft.ML;

namespace Dtic.MLNet.Evaluation;

/// <summary>Which columns of a scored view say what, for <see cref="ClickEvaluationCatalog"/>. Column names are case sensitive.</summary>
public class ScoredColumnOptions
{
    /// <summary>Boolean, or Single with 0, 1 and NaN (missing).</summary>
    /// <value>Default: <c>Label</c>.</value>
    public string LabelColumnName { get; set; } = "Label";

    /// <summary>Probability of a click, Single from 0 to 1.</summary>
    /// <value>Default: <c>Probability</c>.</value>
    public string ProbabilityColumnName { get; set; } = "Probability";

    /// <summary>Boolean: whether a row is to be predicted. Rows that are not are context, which <see cref="InteractionsCatalog"/>'s splits bring along: they are left out, and the log says how many.</summary>
    /// <value>Default: <c>IsTarget</c>. In views without that column, with null, and where it is the label, all rows count.</value>
    public string? TargetColumnName { get; set; } = "IsTarget";

    /// <summary>How many interactions the user had before the row, Int32; scores of this library bring <c>Prompt.HistoryLength</c>. Null: figures by length of history are left out.</summary>
    /// <value>Default: null.</value>
    public string? HistoryLengthColumnName { get; set; }

    /// <summary>The least history length of each group; the first is 0, each greater than the one before.</summary>
    /// <value>Default: 0, 1, 5, 20, 50, 200.</value>
    public IReadOnlyList<int> HistoryLengths { get; set; } = [0, 1, 5, 20, 50, 200];

    /// <summary>The item that was shown: text, Int32 or Int64. Null: figures by seen and unseen items are left out.</summary>
    /// <value>Default: null.</value>
    public string? ItemColumnName { get; set; }

    /// <summary>What the model was trained on, with a column of the name and type of <see cref="ItemColumnName"/>. An item in any of its rows is <em>seen</em>. Needed with <see cref="ItemColumnName"/>.</summary>
    /// <value>Default: null.</value>
    public IDataView? TrainingData { get; set; }

    /// <summary>The rules that hold for all of them, as sentences about those that are broken.</summary>
    internal virtual IEnumerable<string> BrokenRules()
    {
        if (string.IsNullOrEmpty(LabelColumnName)) yield return $"{nameof(LabelColumnName)} must be given.";
        if (string.IsNullOrEmpty(ProbabilityColumnName)) yield return $"{nameof(ProbabilityColumnName)} must be given.";
        if (HistoryLengths is not [0, ..] || HistoryLengths.Zip(HistoryLengths.Skip(1)).Any(pair => pair.First >= pair.Second) || HistoryLengths.Count > 100)
            yield return $"{nameof(HistoryLengths)} ({string.Join(", ", HistoryLengths ?? [])}) must begin with 0, rise, and be 100 at most.";
        if (ItemColumnName is null != TrainingData is null) yield return $"{nameof(ItemColumnName)} and {nameof(TrainingData)} must be given together.";
    }

    /// <exception cref="ArgumentException">A rule is broken; all of those are named.</exception>
    internal void Check()
    {
        string broken = string.Join(" ", BrokenRules());
        if (broken.Length > 0) throw new ArgumentException(broken, "options");
    }
}
