using Dtic.MLNet.Model;

namespace Dtic.MLNet;

/// <summary>The trained network of a <see cref="DticPredictionTransformer"/>: its shape and its weights.</summary>
/// <remarks>Immutable and thread-safe; lives in managed memory, so that it outlives the transformer.</remarks>
public sealed class DticModelParameters
{
    private readonly ModelWeights _weights;
    private readonly Dictionary<string, long[]> _shapes;

    internal DticModelParameters(ModelWeights weights, PlattScaling? calibration, DticTrainingSummary? training)
    {
        Calibration = calibration;
        Training = training;
        _weights = weights;
        var all = weights.Configuration.Weights().ToList();
        _shapes = all.ToDictionary(weight => weight.Name, weight => weight.Shape, StringComparer.Ordinal);
        WeightNames = [.. all.Select(weight => weight.Name)];
        NumberOfParameters = all.Sum(weight => weight.Shape.Aggregate(1L, (product, size) => product * size));
    }

    /// <summary>Number of trained values, embeddings included.</summary>
    public long NumberOfParameters { get; }

    /// <summary>Number of token ids.</summary>
    public int VocabularySize => _weights.Configuration.VocabularySize;

    /// <summary>Hash of the vocabulary that the token ids come from. Prompts of another vocabulary are refused.</summary>
    public string VocabularyHash => _weights.Configuration.VocabularyHash;

    /// <summary>Width of a token's hidden state.</summary>
    public int EmbeddingDimension => _weights.Configuration.EmbeddingDimension;

    /// <summary>Number of decoder layers.</summary>
    public int NumberOfLayers => _weights.Configuration.NumberOfLayers;

    /// <summary>Number of attention heads per layer.</summary>
    public int NumberOfHeads => _weights.Configuration.NumberOfHeads;

    /// <summary>Width of the feed-forward layers.</summary>
    public int FeedForwardDimension => _weights.Configuration.FeedForwardDimension;

    /// <summary>How many interactions before a target the model sees.</summary>
    public int ContextLength => _weights.Configuration.ContextLength;

    /// <summary>What context tokens attend to.</summary>
    public ContextAttention ContextAttention => _weights.Configuration.ContextAttention;

    /// <summary>How attention knows where tokens stand.</summary>
    public PositionEncoding PositionEncoding => _weights.Configuration.PositionEncoding;

    /// <summary>Whether [SUM] and outcome tokens start from the mean of their interaction's item embeddings.</summary>
    public bool ItemPooling => _weights.Configuration.PoolsItems;

    /// <summary>How Probability is made of Score; null: it is the sigmoid.</summary>
    public PlattScaling? Calibration { get; }

    /// <summary>How the model was trained; null for models saved before this was kept.</summary>
    public DticTrainingSummary? Training { get; }

    /// <summary>The names of the weights, as in HuggingFace's Llama, in the order of the network.</summary>
    public IReadOnlyList<string> WeightNames { get; }

    /// <summary>The values of one weight, row by row.</summary>
    /// <param name="name">One of <see cref="WeightNames"/>.</param>
    /// <exception cref="ArgumentException">The model has no such weight.</exception>
    public ReadOnlySpan<float> GetWeight(string name)
    {
        Find(name);
        return _weights[name];
    }

    /// <summary>The sizes of one weight, the slowest varying first.</summary>
    /// <param name="name">One of <see cref="WeightNames"/>.</param>
    /// <exception cref="ArgumentException">The model has no such weight.</exception>
    public IReadOnlyList<long> GetShape(string name) => Array.AsReadOnly(Find(name));

    private long[] Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _shapes.TryGetValue(name, out var shape)
            ? shape
            : throw new ArgumentException($"The model has no weight '{name}'. {nameof(WeightNames)} lists those it has.", nameof(name));
    }
}
