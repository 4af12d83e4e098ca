namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>One learned merge: the two subwords, counted from the first byte token, that the next free subword is made of.</summary>
internal readonly record struct SubwordMerge(int Left, int Right);
