using Dtic.MLNet;
using Dtic.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Adds the click model's trainer to <see cref="BinaryClassificationCatalog"/>.</summary>
public static class DticCatalog
{
    /// <summary>Creates a <see cref="DticTrainer"/> with default options.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="labelColumnName">The label column of the prompts.</param>
    /// <param name="promptColumnName">The column that PackPrompts wrote.</param>
    /// <param name="numberOfEpochs">Passes over the training targets.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public static DticTrainer Dtic(
        this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, string labelColumnName = "Label", string promptColumnName = "Prompt", int numberOfEpochs = 3) =>
        catalog.Dtic(new DticTrainer.Options { LabelColumnName = labelColumnName, PromptColumnName = promptColumnName, NumberOfEpochs = numberOfEpochs });

    /// <summary>Creates a <see cref="DticTrainer"/> with the options given.</summary>
    /// <param name="catalog">The catalog.</param>
    /// <param name="options">The options.</param>
    /// <returns>The trainer.</returns>
    /// <exception cref="ArgumentException">An option is out of range; the message lists every broken rule.</exception>
    public static DticTrainer Dtic(this BinaryClassificationCatalog.BinaryClassificationTrainers catalog, DticTrainer.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        ArgumentNullException.ThrowIfNull(options);
        return new DticTrainer(options, MLNetInternals.Environment(catalog));
    }
}
