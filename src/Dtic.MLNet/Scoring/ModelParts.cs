using Microsoft.ML;

namespace Dtic.MLNet.Scoring;

/// <summary>The transformers of a fitted pipeline.</summary>
internal static class ModelParts
{
    /// <summary>All of them in order; a chain that was appended to another stands in it as one part.</summary>
    public static IEnumerable<ITransformer> Of(ITransformer model) => model is IEnumerable<ITransformer> chain ? chain.SelectMany(Of) : [model];

    /// <summary>The one of a type.</summary>
    /// <exception cref="ArgumentException">There is none, or several.</exception>
    public static T Only<T>(ITransformer model)
    {
        T[] found = [.. Of(model).OfType<T>()];
        return found.Length == 1 ? found[0] : throw new ArgumentException($"The pipeline has {found.Length} parts of type {typeof(T).Name}, expected one.", nameof(model));
    }
}
