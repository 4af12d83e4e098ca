using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Scoring;

/// <summary>The weights in managed memory and, from the first use until disposal, one native scorer over them.</summary>
/// <remarks>
/// Thread-safe. <see cref="Dispose"/> is soft: it frees the native scorer as soon as nobody is inside it, and the next use makes another. Prediction engines
/// dispose the model that they were given, and other engines go on using it.
/// </remarks>
internal sealed class SharedScorer : IDisposable
{
    private const int PassesPerBatch = 64;

    private readonly Devices _devices;
    private readonly int _maximumTokensPerPass;
    private readonly int _numberOfThreads;
    private readonly Lock _lock = new();
    private NativeScorer? _native;

    public SharedScorer(Devices devices, ModelWeights weights, int maximumTokensPerPass, int numberOfThreads)
    {
        _devices = devices;
        Weights = weights;
        _maximumTokensPerPass = maximumTokensPerPass;
        _numberOfThreads = numberOfThreads;
    }

    public ModelWeights Weights { get; }

    /// <summary>Tokens that are worth collecting for one call of <see cref="Score"/>: passes for many threads, however many there are. Where a batch ends a pass ends, and last bits may hang on that.</summary>
    public long TokensPerBatch => (long)PassesPerBatch * _maximumTokensPerPass;

    /// <summary>Whether native memory is held.</summary>
    internal bool IsLoaded
    {
        get
        {
            lock (_lock)
            {
                return _native is not null;
            }
        }
    }

    /// <inheritdoc cref="PromptScorer.Score"/>
    /// <exception cref="TorchUnavailableException">The native torch library cannot be loaded.</exception>
    public float[][] Score(IReadOnlyList<PackedPrompt> prompts, ScoringMode mode)
    {
        var native = Enter();
        try
        {
            return native.Scorer.Score(prompts, mode);
        }
        finally
        {
            Leave(native);
        }
    }

    public void Dispose()
    {
        lock (_lock)
        {
            if (_native is { } native)
            {
                _native = null;
                native.IsAbandoned = true;
                FreeWhenUnused(native);
            }
        }
    }

    private NativeScorer Enter()
    {
        lock (_lock)
        {
            _native ??= new NativeScorer(Create());
            _native.Users++;
            return _native;
        }
    }

    private void Leave(NativeScorer native)
    {
        lock (_lock)
        {
            native.Users--;
            FreeWhenUnused(native);
        }
    }

    private PromptScorer Create() => new(Weights, _devices.Choose(), _maximumTokensPerPass, _numberOfThreads);

    private static void FreeWhenUnused(NativeScorer native)
    {
        if (native is { IsAbandoned: true, Users: 0 })
        {
            native.Scorer.Dispose();
        }
    }

    private sealed class NativeScorer(PromptScorer scorer)
    {
        public PromptScorer Scorer => scorer;

        public int Users { get; set; }

        public bool IsAbandoned { get; set; }
    }
}
