using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training;

/// <summary>Measures a model on the labelled targets of a validation set.</summary>
internal sealed class Validator
{
    private readonly PromptStore _store;
    private readonly ScoringPlan _plan;

    /// <param name="store">The validation prompts.</param>
    /// <param name="model">The network.</param>
    /// <param name="mode">How the fitted model will score.</param>
    /// <param name="maximumTokensPerPass">Bounds a pass.</param>
    public Validator(PromptStore store, ModelConfiguration model, ScoringMode mode, int maximumTokensPerPass)
    {
        _store = store;
        _plan = new ScoringPlan(Enumerable.Range(0, store.PromptCount).Select(store.Targets), model, mode, maximumTokensPerPass);
    }

    /// <summary>Tokens encoded by a validation.</summary>
    public long Tokens => _plan.Tokens;

    /// <summary>Scores all targets, one replica for each worker.</summary>
    /// <param name="replicas">The model.</param>
    /// <param name="workers">As many threads.</param>
    /// <param name="step">Steps done.</param>
    /// <param name="throwIfCancelled">Called before every pass, on the workers.</param>
    /// <exception cref="InvalidOperationException">A score is not a finite number.</exception>
    public DticValidation Measure(ClickModel[] replicas, TorchWorkers workers, int step, Action throwIfCancelled)
    {
        float[][] logits = _plan.CreateResult();
        workers.Run(worker =>
        {
            for (int pass = worker; pass < _plan.PassCount; pass += workers.Count)
            {
                throwIfCancelled();
                _plan.Score(replicas[worker], pass, logits);
            }
        });
        return Measure(logits, step);
    }

    private DticValidation Measure(float[][] logits, int step)
    {
        float[] scores = new float[_store.LabeledCount], labels = new float[_store.LabeledCount];
        int count = 0;
        double loss = 0;
        for (int prompt = 0; prompt < _store.PromptCount; prompt++)
        {
            var known = _store.Labels(prompt);
            for (int target = 0; target < known.Length; target++)
            {
                if (float.IsNaN(known[target])) continue;
                (scores[count], labels[count]) = (logits[prompt][target], known[target]);
                loss += CrossEntropy(scores[count], labels[count] > 0);
                count++;
            }
        }
        if (!double.IsFinite(loss)) throw TrainingDiverged.In(step);
        return new DticValidation(step, BinaryMetrics.AreaUnderRocCurve(scores, labels), loss / count);
    }

    /// <summary>-ln of the probability given to what happened, exact also where that probability is next to 0.</summary>
    private static double CrossEntropy(double logit, bool clicked)
    {
        double margin = clicked ? logit : -logit;
        return margin > 0 ? double.LogP1(Math.Exp(-margin)) : double.LogP1(Math.Exp(margin)) - margin;
    }
}
