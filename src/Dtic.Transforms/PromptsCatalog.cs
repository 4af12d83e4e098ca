using Dtic.Transforms;
using Dtic.Transforms.Interop;

namespace Microsoft.ML;

/// <summary>Extension methods of <see cref="TransformsCatalog"/> that pack interactions into prompts.</summary>
public static class PromptsCatalog
{
    /// <summary>Packs the interactions of each user into prompts for a click model.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="outputColumnName">Name of the column of token ids.</param>
    /// <param name="userColumnName">Name of the column that says who: text, an integer or a key.</param>
    /// <param name="timeColumnName">Name of the column that says when: DateTime, DateTimeOffset, an integer or Double.</param>
    /// <param name="labelColumnName">Name of the column that says whether the user clicked: Boolean, or Single or Double with 0, 1 or NaN (missing); null: there is none.</param>
    /// <param name="textColumnNames">Names of columns that become subword tokens.</param>
    /// <param name="categoricalColumnNames">Names of columns that become one token per value.</param>
    /// <param name="numericColumnNames">Names of columns that become the token of a quantile bin.</param>
    /// <param name="userColumnNames">Names of columns that describe the user.</param>
    /// <param name="separators">For categorical texts with several values in one, the character between them.</param>
    /// <param name="contextLength">How many interactions before a target the model sees.</param>
    /// <param name="targetsPerPrompt">How many targets share a prompt; 1: a sliding window; 0: the whole history in one prompt.</param>
    /// <exception cref="ArgumentException">The arguments break rules; all of them are named.</exception>
    public static PromptPackingEstimator PackPrompts(
        this TransformsCatalog catalog,
        string outputColumnName,
        string userColumnName,
        string timeColumnName,
        string? labelColumnName = "Label",
        IReadOnlyList<string>? textColumnNames = null,
        IReadOnlyList<string>? categoricalColumnNames = null,
        IReadOnlyList<string>? numericColumnNames = null,
        IReadOnlyList<string>? userColumnNames = null,
        IReadOnlyDictionary<string, char>? separators = null,
        int contextLength = 20,
        int targetsPerPrompt = 50)
    {
        var options = new PromptPackingEstimator.Options
        {
            OutputColumnName = outputColumnName,
            UserColumnName = userColumnName,
            TimeColumnName = timeColumnName,
            LabelColumnName = labelColumnName,
            TextColumnNames = textColumnNames ?? [],
            CategoricalColumnNames = categoricalColumnNames ?? [],
            NumericColumnNames = numericColumnNames ?? [],
            UserColumnNames = userColumnNames ?? [],
            ContextLength = contextLength,
            TargetsPerPrompt = targetsPerPrompt,
        };
        foreach (var (column, separator) in separators ?? new Dictionary<string, char>())
        {
            options.Separators[column] = separator;
        }

        return catalog.PackPrompts(options);
    }

    /// <summary>Packs the interactions of each user into prompts for a click model.</summary>
    /// <param name="catalog">The transforms of an <see cref="MLContext"/>.</param>
    /// <param name="options">The options; they are copied.</param>
    /// <exception cref="ArgumentException">The options break rules; all of them are named.</exception>
    public static PromptPackingEstimator PackPrompts(this TransformsCatalog catalog, PromptPackingEstimator.Options options)
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return new PromptPackingEstimator(MLNetInternals.Environment(catalog), options);
    }
}
