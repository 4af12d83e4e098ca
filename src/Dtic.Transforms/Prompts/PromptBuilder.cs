using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Transforms.Prompts;

/// <summary>Lays out one prompt after the other: prefix, then for each interaction its item tokens, [SUM] if it is a target, and its outcome.</summary>
internal sealed class PromptBuilder
{
    private readonly List<int> _tokens = [];
    private readonly List<int> _starts = [];
    private readonly List<int> _known = [];

    /// <summary>Begins a prompt.</summary>
    public void Begin(ReadOnlySpan<int> prefix)
    {
        _starts.Clear();
        _known.Clear();
        _tokens.Clear();
        _tokens.AddRange(prefix);
    }

    /// <summary>Appends an interaction.</summary>
    /// <param name="item">Its item tokens.</param>
    /// <param name="isTarget">Whether its label is predicted in this prompt.</param>
    /// <param name="outcome">The token of its outcome.</param>
    /// <param name="known">How many leading interactions of this prompt have an outcome that it sees.</param>
    public void Add(ReadOnlySpan<int> item, bool isTarget, int outcome, int known)
    {
        _starts.Add(_tokens.Count);
        _known.Add(known);
        _tokens.AddRange(item);
        if (isTarget)
        {
            _tokens.Add(SpecialToken.Sum);
        }

        _tokens.Add(outcome);
    }

    /// <summary>The prompt; valid until the next <see cref="Begin(ReadOnlySpan{int})"/>. The last interaction's outcome is left out: nobody could attend to it.</summary>
    public PromptParts Finish()
    {
        _tokens.RemoveAt(_tokens.Count - 1);
        return new PromptParts(_tokens, _starts, _known);
    }
}
