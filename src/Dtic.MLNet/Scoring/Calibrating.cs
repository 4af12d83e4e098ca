using System.Runtime.InteropServices;
using Dtic.MLNet.Training;

namespace Dtic.MLNet.Scoring;

/// <summary>Fits probabilities to the scores that a trained model gives to its validation targets.</summary>
internal static class Calibrating
{
    private const int PromptsAtOnce = 256;

    /// <param name="scorer">The model. The scores of its best validation are not kept while it trains: another pass costs less than to carry them about.</param>
    /// <param name="validation">The validation prompts.</param>
    /// <param name="mode">How the model scores.</param>
    /// <param name="throwIfCancelled">Called now and then.</param>
    public static PlattScaling Fit(PromptScorer scorer, PromptStore validation, ScoringMode mode, Action throwIfCancelled)
    {
        var (scores, labels) = (new List<float>(), new List<float>());
        foreach (int[] some in Enumerable.Range(0, validation.PromptCount).Chunk(PromptsAtOnce))
        {
            throwIfCancelled();
            float[][] logits = scorer.Score([.. some.Select(validation.Prompt)], mode);
            foreach (var (logit, label) in some.SelectMany((prompt, i) => logits[i].Zip(validation.Labels(prompt).ToArray())))
            {
                if (float.IsNaN(label))
                {
                    continue;
                }

                scores.Add(logit);
                labels.Add(label);
            }
        }

        return PlattFit.Fit(CollectionsMarshal.AsSpan(scores), CollectionsMarshal.AsSpan(labels));
    }
}
