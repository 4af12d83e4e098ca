using Dtic.MLNet.Model;

namespace Dtic.MLNet.Tests.Model;

/// <summary>Small networks whose weights are large enough that every part of them moves the scores.</summary>
internal static class TestModels
{
    public static ModelConfiguration Configuration(int contextLength = 3, ContextAttention attention = ContextAttention.Isolated, int layers = 2, int heads = 2) =>
        new(RandomPrompts.VocabularySize, "0f1e", EmbeddingDimension: 8 * heads, layers, heads, FeedForwardDimension: 24, contextLength, attention);

    public static ModelWeights Weights(ModelConfiguration configuration, int seed = 1)
    {
        var random = new Random(seed);
        var tensors = configuration.Weights().Select(w => (w.Name, w.Shape, Values(random, w.Shape))).ToArray();
        using var stream = new MemoryStream();
        Safetensors.Write(stream, tensors);
        stream.Position = 0;
        return ModelWeights.Load(stream, configuration, "model.safetensors");
    }

    private static float[] Values(Random random, long[] shape)
    {
        double spread = 1.5 / Math.Sqrt(shape[^1]);
        var values = new float[shape.Aggregate(1L, (a, b) => a * b)];
        for (int i = 0; i < values.Length; i++)
        {
            double uniform = (2 * random.NextDouble()) - 1;
            values[i] = (float)(shape.Length == 1 ? 1 + (0.5 * uniform) : uniform * spread * 1.7);
        }

        return values;
    }
}
