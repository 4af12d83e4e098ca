using System.Globalization;
using System.Text;

namespace Dtic.MLNet;

/// <summary>What each interaction of a user's history does to the score of one request; made by <see cref="DticDiagnostics"/>.</summary>
/// <remarks>
/// Each interaction of the window is left out in turn and the request scored again, as if it had never been (occlusion: Zeiler and Fergus 2014, arXiv:1311.2901; for
/// text Li et al. 2016, "Understanding neural networks through representation erasure", arXiv:1612.08220). The effects say what the model does, not why the user
/// clicks, and they do not sum to the effect of the whole history: two interactions that say the same each have a small effect alone.
/// </remarks>
public sealed class ScoreExplanation
{
    internal ScoreExplanation()
    {
    }

    /// <summary>The score (logit) of the request, as a prediction engine gives it.</summary>
    public required double Score { get; init; }

    /// <summary>The probability of a click, calibrated where the model is.</summary>
    public required double Probability { get; init; }

    /// <summary>The score of the same candidate and user without any history.</summary>
    public required double EmptyHistoryScore { get; init; }

    /// <summary>The probability without any history.</summary>
    public required double EmptyHistoryProbability { get; init; }

    /// <summary>Number of interactions in the request's history, padding left out; those before the newest n are not seen, change nothing, and are not listed.</summary>
    public required int HistoryLength { get; init; }

    /// <summary>The interactions of the window, oldest first.</summary>
    public required IReadOnlyList<InteractionEffect> Interactions { get; init; }

    /// <summary>What the history as a whole adds to the logit.</summary>
    public double HistoryEffect => Score - EmptyHistoryScore;

    /// <summary>The sum of the single effects. What it lacks to <see cref="HistoryEffect"/>, interactions do together.</summary>
    public double SumOfEffects => Interactions.Sum(interaction => interaction.Effect);

    /// <summary>The logits in one line.</summary>
    internal string Summary => string.Create(
        CultureInfo.InvariantCulture, $"Score {Score:F4} (probability {Probability:F4}), without history {EmptyHistoryScore:F4} ({EmptyHistoryProbability:F4})");

    /// <summary>How the single effects and the whole one compare.</summary>
    internal string Sums => string.Create(
        CultureInfo.InvariantCulture, $"The history adds {HistoryEffect:+0.0000;-0.0000}, its interactions one by one {SumOfEffects:+0.0000;-0.0000}: such effects need not sum to the whole.");

    /// <summary>A table: place in the history, effect on the logit, outcome, item.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Summary).Append('\n');
        foreach (var interaction in Interactions)
            text.Append(CultureInfo.InvariantCulture, $"{interaction.Index,5}  {interaction.Effect,8:+0.0000;-0.0000}  {interaction.Outcome,-13}  {interaction.Item}\n");
        return text.Append(Sums).ToString();
    }

    /// <summary>A bar chart as a self-contained SVG document, for light and dark pages.</summary>
    public string ToSvg() => EffectChart.Draw(this);
}
