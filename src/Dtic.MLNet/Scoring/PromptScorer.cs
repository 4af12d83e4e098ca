using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using TorchSharp;
using static TorchSharp.torch;

namespace Dtic.MLNet.Scoring;

/// <summary>Scores prompts on one device, in passes of bounded length. Thread-safe; owns its native copy of the weights.</summary>
internal sealed class PromptScorer(ModelWeights weights, Device device, int maximumTokensPerPass, int numberOfThreads) : IDisposable
{
    private readonly ClickModel _model = weights.CreateModel(device);

    /// <summary>Click logits: one array per prompt, one value per target.</summary>
    public float[][] Score(IReadOnlyList<PackedPrompt> prompts, ScoringMode mode)
    {
        int n = weights.Configuration.ContextLength;
        int[] targets = [.. prompts.Select(p => p.TargetCount)];
        PackedPrompt[] asked = mode == ScoringMode.Packed
            ? [.. prompts]
            : [.. prompts.SelectMany((p, i) => Enumerable.Range(0, targets[i]).Select(t => p.Slice(t, 1, n)))];
        var passes = Cut(asked);
        var logits = new float[passes.Count][];
        int threads = device.type == DeviceType.CPU ? Math.Min(numberOfThreads, passes.Count) : 1;
        if (threads > 1)
        {
            using var workers = new TorchWorkers(threads);
            workers.Run(worker =>
            {
                for (int i = worker; i < passes.Count; i += threads) logits[i] = Forward(asked, passes[i]);
            });
        }
        else
        {
            for (int i = 0; i < passes.Count; i++) logits[i] = Forward(asked, passes[i]);
        }
        float[] all = [.. logits.SelectMany(l => l)];
        var result = new float[prompts.Count][];
        for (int i = 0, at = 0; i < result.Length; at += targets[i++]) result[i] = all[at..(at + targets[i])];
        return result;
    }

    public void Dispose() => _model.Dispose();

    private float[] Forward(PackedPrompt[] prompts, Range pass)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        var stream = new PromptStream(prompts[pass], weights.Configuration.ContextLength, weights.Configuration.ContextAttention);
        return _model.Forward(stream).cpu().data<float>().ToArray();
    }

    private List<Range> Cut(PackedPrompt[] prompts)
    {
        var passes = new List<Range>();
        int begin = 0, tokens = 0;
        for (int i = 0; i < prompts.Length; i++)
        {
            int length = prompts[i].Tokens.Length;
            if (i > begin && tokens + length > maximumTokensPerPass)
            {
                passes.Add(begin..i);
                (begin, tokens) = (i, 0);
            }
            tokens += length;
        }
        if (begin < prompts.Length) passes.Add(begin..prompts.Length);
        return passes;
    }
}
