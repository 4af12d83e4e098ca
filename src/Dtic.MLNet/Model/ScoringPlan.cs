using Dtic.Transforms.Prompts;
using static TorchSharp.torch;

namespace Dtic.MLNet.Model;

/// <summary>Prompts cut into passes of bounded length that score every target of theirs. Immutable and thread-safe.</summary>
/// <remarks>Slices are cut out when their turn comes, and a packed prompt is encoded in <see cref="PromptPieces"/>: memory is bounded by one pass, however long prompts are.</remarks>
internal sealed class ScoringPlan
{
    private readonly PromptTargets[] _prompts;
    private readonly ModelConfiguration _configuration;
    private readonly List<ArraySegment<Slice>> _passes = [];

    public ScoringPlan(IEnumerable<PromptTargets> prompts, ModelConfiguration configuration, ScoringMode mode, int maximumTokensPerPass)
    {
        _prompts = [.. prompts];
        _configuration = configuration;
        Slice[] slices = [.. _prompts.SelectMany((p, i) => Pieces(p, mode, maximumTokensPerPass).Select(piece => new Slice(i, piece.FirstTarget, piece.TargetCount)))];
        Cut(slices, maximumTokensPerPass);
    }

    /// <summary>Number of passes.</summary>
    public int PassCount => _passes.Count;

    /// <summary>Tokens of all passes.</summary>
    public long Tokens { get; private set; }

    /// <summary>Room for the logits: one array per prompt, one value per target.</summary>
    public float[][] CreateResult() => Array.ConvertAll(_prompts, p => new float[p.Count]);

    /// <summary>Scores the targets of one pass.</summary>
    /// <param name="model">The network.</param>
    /// <param name="pass">Which pass.</param>
    /// <param name="result">Takes the logits; each pass writes to places of its own.</param>
    public void Score(ClickModel model, int pass, float[][] result)
    {
        using var untracked = no_grad();
        using var scope = NewDisposeScope();
        int n = _configuration.ContextLength;
        var stream = new PromptStream([.. _passes[pass].Select(s => _prompts[s.Prompt].Slice(s.FirstTarget, s.TargetCount, n))], _configuration);
        ReadOnlySpan<float> logits = model.Forward(stream).cpu().data<float>().ToArray();
        foreach (var slice in _passes[pass])
        {
            logits[..slice.TargetCount].CopyTo(result[slice.Prompt].AsSpan(slice.FirstTarget));
            logits = logits[slice.TargetCount..];
        }
    }

    private IEnumerable<PromptPiece> Pieces(PromptTargets prompt, ScoringMode mode, int maximumTokensPerPass)
    {
        var targets = Enumerable.Range(0, prompt.Count);
        return mode == ScoringMode.Packed
            ? PromptPieces.Cut(prompt, [.. targets], _configuration.ContextLength, _configuration.ContextAttention, maximumTokensPerPass)
            : targets.Select(target => new PromptPiece(target, 1));
    }

    private void Cut(Slice[] slices, int maximumTokensPerPass)
    {
        int begin = 0;
        long tokens = 0;
        for (int i = 0; i < slices.Length; i++)
        {
            int length = _prompts[slices[i].Prompt].Length(slices[i].FirstTarget, slices[i].TargetCount, _configuration.ContextLength);
            Tokens += length;
            if (i > begin && tokens + length > maximumTokensPerPass)
            {
                _passes.Add(new ArraySegment<Slice>(slices, begin, i - begin));
                (begin, tokens) = (i, 0);
            }
            tokens += length;
        }
        if (begin < slices.Length) _passes.Add(new ArraySegment<Slice>(slices, begin, slices.Length - begin));
    }

    private readonly record struct Slice(int Prompt, int FirstTarget, int TargetCount);
}
