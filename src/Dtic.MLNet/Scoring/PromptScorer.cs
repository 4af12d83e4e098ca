using System.Globalization;
using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Scoring;

/// <summary>Scores prompts on one device, in passes of bounded length, on the <see cref="ScoringThreads"/>. Thread-safe; owns its native copy of the weights.</summary>
internal sealed class PromptScorer(ModelWeights weights, Device device, int maximumTokensPerPass, int numberOfThreads) : IDisposable
{
    private const string BrokenWeights = "its weights are broken, by a training that diverged (lower LearningRate) or by a file that was changed. A score must be a finite number.";

    private readonly ClickModel _model = weights.CreateModel(device);

    /// <summary>Click logits: one array per prompt, one value per target.</summary>
    /// <remarks>Memory is bounded by one pass of the <see cref="ScoringPlan"/> for each thread. The same prompts in one call have the same scores bit for bit, whoever calls and on however many threads.</remarks>
    /// <exception cref="InvalidOperationException">A score is not a finite number: evaluators would skip it in silence.</exception>
    public float[][] Score(IReadOnlyList<PackedPrompt> prompts, ScoringMode mode)
    {
        var plan = new ScoringPlan(prompts.Select(p => new PromptTargets(p)), weights.Configuration, mode, maximumTokensPerPass);
        float[][] result = plan.CreateResult();
        ScoringThreads.Run(plan.PassCount, device.type == DeviceType.CPU ? numberOfThreads : 1, pass => plan.Score(_model, pass, result));
        foreach (float logit in result.SelectMany(logits => logits))
            if (!float.IsFinite(logit)) throw new InvalidOperationException($"The model gives a score of {logit.ToString(CultureInfo.InvariantCulture)}: {BrokenWeights}");
        return result;
    }

    public void Dispose() => _model.Dispose();
}
