using Dtic.MLNet;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;
using Dtic.Transforms.Interop;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods of <see cref="ModelOperationsCatalog"/> for a fitted pipeline as a plain folder of ordinary files: <c>prompt.json</c> and <c>tokenizer.json</c>
/// of the packer, <c>config.json</c>, <c>model.safetensors</c> and <c>training.json</c> of the network. Other tools can read them, and nothing in the folder names
/// code to load.
/// </summary>
public static class ModelFolderCatalog
{
    /// <summary>Saves the packer and the scorer of a fitted pipeline; other transformers of the pipeline are not saved.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">The fitted pipeline, with exactly one packer and one scorer.</param>
    /// <param name="path">The folder. It is written beside its place and moved there, replacing what stood there.</param>
    /// <exception cref="ArgumentException">
    /// The pipeline has no packer or no scorer, or several, or the scorer was trained on prompts of another vocabulary or context length.
    /// </exception>
    /// <exception cref="IOException">The folder cannot be written; what stood there is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void SaveToFolder(this ModelOperationsCatalog catalog, ITransformer model, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var packer = ModelParts.Only<PromptPackingTransformer>(model);
        var scorer = ModelParts.Only<DticPredictionTransformer>(model);
        RequireFit(packer, scorer, message => new ArgumentException(message, nameof(model)));
        path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string fresh = $"{path}.{Guid.NewGuid():N}.tmp";
        try
        {
            packer.WriteFiles(fresh);
            scorer.WriteFiles(fresh);
            FolderSwap.Replace(path, fresh);
        }
        finally
        {
            if (Directory.Exists(fresh)) Directory.Delete(fresh, recursive: true);
        }
    }

    /// <summary>Loads what <see cref="SaveToFolder"/> saved.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="path">The folder.</param>
    /// <returns>Packer, then scorer: what the fitted pipeline was.</returns>
    /// <exception cref="ModelFormatException">A file is missing or corrupt, or the files do not belong together.</exception>
    public static TransformerChain<DticPredictionTransformer> LoadFromFolder(this ModelOperationsCatalog catalog, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        var environment = MLNetInternals.Environment(catalog);
        return Load(path, environment, Devices.OfInternals(environment));
    }

    /// <summary>Loads what <see cref="SaveToFolder"/> saved, without using what ML.NET keeps internal.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="path">The folder.</param>
    /// <param name="environment">The environment of the loaded transformers: the <see cref="MLContext"/> itself.</param>
    /// <returns>Packer, then scorer: what the fitted pipeline was.</returns>
    /// <exception cref="ModelFormatException">A file is missing or corrupt, or the files do not belong together.</exception>
    public static TransformerChain<DticPredictionTransformer> LoadFromFolder(this ModelOperationsCatalog catalog, string path, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(environment);
        return Load(path, environment, Devices.Of(environment));
    }

    private static TransformerChain<DticPredictionTransformer> Load(string path, IHostEnvironment environment, Devices devices)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var packer = PromptPackingTransformer.ReadFiles(environment, path);
        var scorer = DticPredictionTransformer.ReadFiles(environment, devices, path);
        RequireFit(packer, scorer, message => new ModelFormatException($"'{path}': {message}"));
        return new TransformerChain<ITransformer>(packer).Append(scorer);
    }

    private static void RequireFit(PromptPackingTransformer packer, DticPredictionTransformer scorer, Func<string, Exception> error)
    {
        if (packer.VocabularyHash != scorer.Model.VocabularyHash)
            throw error($"The packer has vocabulary {packer.VocabularyHash}, but the scorer was trained on vocabulary {scorer.Model.VocabularyHash}.");
        if (packer.ContextLength != scorer.Model.ContextLength)
        {
            throw error(FormattableString.Invariant(
                $"The packer has a context of {packer.ContextLength} interactions, but the scorer was trained with {scorer.Model.ContextLength}."));
        }
    }
}
