namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>How large a vocabulary may become.</summary>
/// <param name="TextVocabularySize">Subword tokens at most, the 256 byte tokens included; with 256 or less, text is spelled in bytes.</param>
/// <param name="MinimumCount">A categorical value that occurs less often shares its column's unknown token.</param>
/// <param name="MaximumCategories">Values per categorical column that get a token of their own: the most frequent ones.</param>
/// <param name="NumberOfBins">Quantile bins per numeric column at most.</param>
internal sealed record VocabularyOptions(int TextVocabularySize, int MinimumCount, int MaximumCategories, int NumberOfBins);
