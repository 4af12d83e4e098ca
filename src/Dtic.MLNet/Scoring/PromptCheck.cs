using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Scoring;

/// <summary>Whether prompts are those that a model was trained on.</summary>
internal static class PromptCheck
{
    private const string Remedy =
        "Transform the interactions with the PackPrompts transformer that was fitted together with this model; a pipeline saves and loads the two together.";

    /// <exception cref="ArgumentException">The prompts are of another vocabulary or context length.</exception>
    public static void Require(PromptSchema prompts, string promptColumnName, ModelConfiguration model)
    {
        if (prompts.VocabularyHash != model.VocabularyHash)
        {
            throw new ArgumentException(
                $"Column '{promptColumnName}' holds prompts of vocabulary {Short(prompts.VocabularyHash)}, but the model was trained on vocabulary {Short(model.VocabularyHash)}. {Remedy}");
        }

        if (prompts.ContextLength != model.ContextLength)
        {
            throw new ArgumentException(FormattableString.Invariant(
                $"Column '{promptColumnName}' holds prompts with a context of {prompts.ContextLength} interactions, but the model was trained with {model.ContextLength}. {Remedy}"));
        }
    }

    /// <summary>As much of a hash as a reader compares.</summary>
    public static string Short(string hash) => hash.Length > 12 ? hash[..12] : hash;
}
