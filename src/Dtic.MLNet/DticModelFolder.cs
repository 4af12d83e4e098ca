using Dtic.MLNet.Scoring;
using Dtic.Transforms;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Dtic.MLNet;

/// <summary>
/// A fitted pipeline as a plain folder of ordinary files: <c>prompt.json</c> and <c>tokenizer.json</c> of the packer, <c>config.json</c>,
/// <c>model.safetensors</c> and <c>training.json</c> of the network. Other tools can read them, and nothing in the folder names code to load.
/// </summary>
public static class DticModelFolder
{
    /// <summary>Saves the packer and the scorer of a fitted pipeline; other transformers of the pipeline are not saved.</summary>
    /// <param name="model">The fitted pipeline, with exactly one packer and one scorer.</param>
    /// <param name="path">The folder. It is written beside its place and moved there, replacing what stood there.</param>
    /// <exception cref="ArgumentException">The pipeline has no packer or no scorer, or several.</exception>
    /// <exception cref="IOException">The folder cannot be written; what stood there is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Save(ITransformer model, string path)
    {
        ArgumentNullException.ThrowIfNull(model);
        Save(ModelParts.Only<PromptPackingTransformer>(model), ModelParts.Only<DticPredictionTransformer>(model), path);
    }

    /// <summary>Saves a packer and a scorer.</summary>
    /// <param name="packer">The packer.</param>
    /// <param name="scorer">The scorer that was trained on its prompts.</param>
    /// <param name="path">The folder. It is written beside its place and moved there, replacing what stood there.</param>
    /// <exception cref="ArgumentException">The scorer was trained on prompts of another vocabulary or context length.</exception>
    /// <exception cref="IOException">The folder cannot be written; what stood there is still there.</exception>
    /// <exception cref="UnauthorizedAccessException">Likewise.</exception>
    public static void Save(PromptPackingTransformer packer, DticPredictionTransformer scorer, string path)
    {
        ArgumentNullException.ThrowIfNull(packer);
        ArgumentNullException.ThrowIfNull(scorer);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        RequireFit(packer, scorer, message => new ArgumentException(message, nameof(scorer)));
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

    /// <summary>Loads a saved folder.</summary>
    /// <param name="environment">The environment, usually an <see cref="MLContext"/>.</param>
    /// <param name="path">The folder.</param>
    /// <returns>Packer, then scorer: what the fitted pipeline was.</returns>
    /// <exception cref="ModelFormatException">A file is missing or corrupt, or the files do not belong together.</exception>
    public static TransformerChain<DticPredictionTransformer> Load(IHostEnvironment environment, string path)
    {
        ArgumentNullException.ThrowIfNull(environment);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        var packer = PromptPackingTransformer.ReadFiles(environment, path);
        var scorer = DticPredictionTransformer.ReadFiles(environment, path);
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
