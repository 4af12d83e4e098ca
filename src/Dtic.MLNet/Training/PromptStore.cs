using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Training;

/// <summary>The prompts of a training set and their labels, read once and kept as token ids.</summary>
internal sealed class PromptStore
{
    private readonly List<PackedPrompt> _prompts = [];
    private readonly List<float[]> _labels = [];

    public int PromptCount => _prompts.Count;

    /// <summary>All targets, labelled or not.</summary>
    public long TargetCount { get; private set; }

    public long LabeledCount { get; private set; }

    public long PositiveCount { get; private set; }

    public PackedPrompt Prompt(int index) => _prompts[index];

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
        TargetCount += labels.Length;
        _prompts.Add(prompt);
        _labels.Add(labels.ToArray());
    }
}
