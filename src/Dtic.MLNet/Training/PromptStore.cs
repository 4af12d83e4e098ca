using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Training;

/// <summary>The prompts of a training set and their labels, read once and kept as token ids.</summary>
internal sealed class PromptStore
{
    private readonly List<PromptTargets> _prompts = [];
    private readonly List<float[]> _labels = [];

    public int PromptCount => _prompts.Count;

    public long LabeledCount { get; private set; }

    public long PositiveCount { get; private set; }

    public PackedPrompt Prompt(int index) => _prompts[index].Prompt;

    /// <summary>The prompt with the places of its targets, to cut them out.</summary>
    public PromptTargets Targets(int index) => _prompts[index];

    /// <summary>One value per target of the prompt: 0, 1, or NaN where the label is missing.</summary>
    public ReadOnlySpan<float> Labels(int index) => _labels[index];

    /// <summary>Adds a prompt; one without any label has nothing to teach and is left out.</summary>
    public void Add(PackedPrompt prompt, ReadOnlySpan<float> labels)
    {
        int labeled = 0;
        foreach (float label in labels)
        {
            if (float.IsNaN(label)) continue;
            labeled++;
            if (label > 0) PositiveCount++;
        }
        if (labeled == 0) return;
        LabeledCount += labeled;
        _prompts.Add(new PromptTargets(prompt));
        _labels.Add(labels.ToArray());
    }

    /// <summary>SHA-256 of all prompts and labels in their order, in lower-case hexadecimal.</summary>
    public string Hash()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < PromptCount; i++)
        {
            var prompt = Prompt(i);
            foreach (var part in (ReadOnlySpan<ReadOnlyMemory<int>>)[prompt.Tokens, prompt.InteractionStarts, prompt.KnownOutcomes]) Append(part.Span);
            Append(MemoryMarshal.Cast<float, int>(_labels[i]));
        }
        return Convert.ToHexStringLower(sha.GetHashAndReset());

        void Append(ReadOnlySpan<int> values)
        {
            sha.AppendData(MemoryMarshal.AsBytes([values.Length]));   // else two prompts could hash like one
            sha.AppendData(MemoryMarshal.AsBytes(values));
        }
    }
}
