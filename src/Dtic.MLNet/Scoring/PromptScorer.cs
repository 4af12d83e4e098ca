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
    /// <remarks>
    /// Memory is bounded by one pass for each thread, however long the prompts are: slices are cut out when their turn comes, and a packed prompt is
    /// encoded in <see cref="PromptPieces"/>.
    /// </remarks>
    public float[][] Score(IReadOnlyList<PackedPrompt> prompts, ScoringMode mode)
    {
        PromptTargets[] asked = [.. prompts.Select(p => new PromptTargets(p))];
        var passes = Cut([.. asked.SelectMany((p, i) => Pieces(p, mode).Select(piece => new Slice(i, piece.FirstTarget, piece.TargetCount)))], asked);
        float[][] result = Array.ConvertAll(asked, p => new float[p.Count]);
        int threads = device.type == DeviceType.CPU ? Math.Min(numberOfThreads, passes.Count) : 1;
        if (threads > 1)
        {
            using var workers = new TorchWorkers(threads);
            workers.Run(worker =>
            {
                for (int i = worker; i < passes.Count; i += threads) Forward(asked, passes[i], result);
            });
        }
        else
        {
            foreach (var pass in passes) Forward(asked, pass, result);
        }
        return result;
    }

    public void Dispose() => _model.Dispose();

    private IEnumerable<PromptPiece> Pieces(PromptTargets prompt, ScoringMode mode)
    {
        var targets = Enumerable.Range(0, prompt.Count);
        return mode == ScoringMode.Packed
            ? PromptPieces.Cut(prompt, [.. targets], weights.Configuration.ContextLength, weights.Configuration.ContextAttention, maximumTokensPerPass)
            : targets.Select(target => new PromptPiece(target, 1));
    }

    private void Forward(PromptTargets[] prompts, ArraySegment<Slice> pass, float[][] result)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        int n = weights.Configuration.ContextLength;
        var stream = new PromptStream([.. pass.Select(s => prompts[s.Prompt].Slice(s.FirstTarget, s.TargetCount, n))], weights.Configuration);
        ReadOnlySpan<float> logits = _model.Forward(stream).cpu().data<float>().ToArray();
        foreach (var slice in pass)
        {
            logits[..slice.TargetCount].CopyTo(result[slice.Prompt].AsSpan(slice.FirstTarget));
            logits = logits[slice.TargetCount..];
        }
    }

    private List<ArraySegment<Slice>> Cut(Slice[] slices, PromptTargets[] prompts)
    {
        var passes = new List<ArraySegment<Slice>>();
        int begin = 0;
        long tokens = 0;
        for (int i = 0; i < slices.Length; i++)
        {
            int length = prompts[slices[i].Prompt].Length(slices[i].FirstTarget, slices[i].TargetCount, weights.Configuration.ContextLength);
            if (i > begin && tokens + length > maximumTokensPerPass)
            {
                passes.Add(new ArraySegment<Slice>(slices, begin, i - begin));
                (begin, tokens) = (i, 0);
            }
            tokens += length;
        }
        if (begin < slices.Length) passes.Add(new ArraySegment<Slice>(slices, begin, slices.Length - begin));
        return passes;
    }

    private readonly record struct Slice(int Prompt, int FirstTarget, int TargetCount);
}
