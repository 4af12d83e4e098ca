using Dtic.MLNet;
using Dtic.MLNet.Folders;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;
using Dtic.Transforms.Interop;
using Dtic.Transforms.Prompts;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// Extension methods of <see cref="ModelOperationsCatalog"/> for a fitted pipeline as a plain folder of ordinary files: <c>prompt.json</c> and <c>tokenizer.json</c>
/// of the packer, <c>config.json</c>, <c>model.safetensors</c> and <c>training.json</c> of the network. Other tools can read them, and nothing in the folder names
/// code to load.
/// </summary>
/// <remarks>
/// <c>dtic-manifest.json</c> says which save the files belong to: it makes a save take effect at one moment, whole, and a load read files of one save only. A folder
/// without it, put together by hand for example, loads as well. Any number of processes may save to one folder and load from it at the same time.
/// </remarks>
public static class ModelFolderCatalog
{
    /// <summary>Saves a fitted pipeline of a packer and a scorer.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="model">The fitted pipeline: one packer, one scorer and no other transformers, which a folder would lose.</param>
    /// <param name="path">
    /// The folder, made if need be; it must be empty or hold nothing but a saved model, which is replaced. It may be a mount point, a link to a folder, or the working
    /// directory. The folder and the files keep their permissions.
    /// </param>
    /// <exception cref="ArgumentException">
    /// The pipeline has no packer or no scorer, or several, or other transformers, or the scorer was trained on prompts of another vocabulary or context length.
    /// </exception>
    /// <exception cref="IOException">Something other than a model stands there, or the folder cannot be written; the message says whether the model of before still stands there.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written; likewise.</exception>
    /// <exception cref="ModelFormatException">The manifest of the model that stands there is damaged, or of a newer version of this library.</exception>
    public static void SaveToFolder(this ModelOperationsCatalog catalog, ITransformer model, string path)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        ModelFolder.Save(path, FilesOf(model), new FolderOperations());
    }

    /// <summary>Loads what <see cref="SaveToFolder"/> saved.</summary>
    /// <param name="catalog">The model operations of an <see cref="MLContext"/>.</param>
    /// <param name="path">The folder.</param>
    /// <returns>Packer, then scorer: what the fitted pipeline was.</returns>
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ModelFormatException">The folder holds no model, a file is missing or corrupt, or the files do not belong together.</exception>
    /// <exception cref="IOException">A file cannot be opened, or the model was replaced again and again while it was read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read a file.</exception>
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
    /// <exception cref="DirectoryNotFoundException">There is no such folder.</exception>
    /// <exception cref="ModelFormatException">The folder holds no model, a file is missing or corrupt, or the files do not belong together.</exception>
    /// <exception cref="IOException">A file cannot be opened, or the model was replaced again and again while it was read.</exception>
    /// <exception cref="UnauthorizedAccessException">This user may not read a file.</exception>
    public static TransformerChain<DticPredictionTransformer> LoadFromFolder(this ModelOperationsCatalog catalog, string path, IHostEnvironment environment)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(environment);
        return Load(path, environment, Devices.Of(environment));
    }

    private static TransformerChain<DticPredictionTransformer> Load(string path, IHostEnvironment environment, Devices devices)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        using var files = FolderFiles.Open(path);
        var packer = PromptPackingTransformer.ReadFiles(environment, files.ByName);
        var scorer = DticPredictionTransformer.ReadFiles(environment, devices, files.ByName);
        RequireFit(packer, scorer, message => new ModelFormatException($"'{path}': {message}"));
        return new TransformerChain<ITransformer>(packer).Append(scorer);
    }

    /// <summary>The files of a fitted pipeline.</summary>
    /// <exception cref="ArgumentException">The pipeline is not one packer and one scorer that belong together.</exception>
    internal static ModelFile[] FilesOf(ITransformer model)
    {
        var packer = ModelParts.Only<PromptPackingTransformer>(model);
        var scorer = ModelParts.Only<DticPredictionTransformer>(model);
        string[] others = [.. ModelParts.Of(model).Where(part => part != packer && part != scorer).Select(part => part.GetType().Name.Split('`')[0])];
        if (others.Length > 0)
        {
            throw new ArgumentException(
                $"A folder holds a packer and a scorer, and the pipeline also has {string.Join(", ", others)}, without which it would score differently. "
                + "Save it as a zip, which holds all of them: mlContext.Model.Save.",
                nameof(model));
        }

        RequireFit(packer, scorer, message => new ArgumentException(message, nameof(model)));
        return [new(PackerFiles.TemplateName, packer.WriteTemplate), new(PackerFiles.VocabularyName, packer.WriteVocabulary), .. scorer.Files()];
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
