namespace Dtic.MLNet;

/// <summary>What one interaction of the history does to a score; a part of <see cref="ScoreExplanation"/>.</summary>
public sealed class InteractionEffect
{
    internal InteractionEffect()
    {
    }

    /// <summary>Where the interaction stands in the vectors of the request's history, counted from 0.</summary>
    public required int Index { get; init; }

    /// <summary>Whether it was clicked; null where the label is missing.</summary>
    public required bool? Label { get; init; }

    /// <summary>Whether the candidate sees the label: not where it became known only later (outcome delay, or the same moment), and not where it is missing.</summary>
    public required bool IsLabelSeen { get; init; }

    /// <summary>Names and values of the item columns as the request has them, texts first.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Values { get; init; }

    /// <summary>The item tokens that the model reads, in words: what was unknown to the vocabulary or cut off shows here.</summary>
    public required string Tokens { get; init; }

    /// <summary>The score (logit) of the request without this interaction.</summary>
    public required double ScoreWithout { get; init; }

    /// <summary>What the interaction adds to the logit: the score less <see cref="ScoreWithout"/>. Below 0, it makes a click less likely.</summary>
    public required double Effect { get; init; }

    /// <summary>The values in one line.</summary>
    internal string Item => string.Join(", ", Values.Select(value => value.Value));

    /// <summary>The label in a word.</summary>
    internal string Outcome => (Label, IsLabelSeen) switch
    {
        (null, _) => "unknown",
        (_, false) => "not yet known",
        (true, _) => "click",
        _ => "no click",
    };
}
