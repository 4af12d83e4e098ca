using System.Xml.Linq;

namespace Dtic.MLNet.Reporting;

/// <summary>The network and whatever else was said of it.</summary>
internal static class ConfigurationSection
{
    public static XElement? Of(DticModelParameters? model, IReadOnlyList<KeyValuePair<string, string>> facts) => model is null && facts.Count == 0 ? null : Html.Section(
        "configuration",
        "Model and data",
        "What the figures above belong to.",
        Html.Row(Html.Facts("Data", facts), model is null ? null : Html.Facts("Network", Describe(model))),
        model?.Training is not { Options.Count: > 0 } training ? null : Html.Details("Options of the trainer", Html.Facts("Options", training.Options)));

    private static Dictionary<string, string> Describe(DticModelParameters model) => new()
    {
        ["Parameters"] = Numbers.Count(model.NumberOfParameters),
        ["Layers"] = Numbers.Count(model.NumberOfLayers),
        ["Heads"] = Numbers.Count(model.NumberOfHeads),
        ["Width"] = Numbers.Count(model.EmbeddingDimension),
        ["Feed-forward width"] = Numbers.Count(model.FeedForwardDimension),
        ["Interactions of context"] = Numbers.Count(model.ContextLength),
        ["Context attention"] = model.ContextAttention.ToString(),
        ["Positions"] = model.PositionEncoding.ToString(),
        ["Item pooling"] = model.ItemPooling ? "on" : "off",
        ["Probability"] = model.Calibration is { } scaling ? $"sigmoid of {Numbers.Share(scaling.Slope)} × score + {Numbers.Share(scaling.Offset)}" : "sigmoid of the score",
        ["Vocabulary"] = $"{Numbers.Count(model.VocabularySize)} tokens, {model.VocabularyHash}",
    };
}
