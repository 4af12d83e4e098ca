using Dtic.Transforms.Prompts;
using Microsoft.ML.Data;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>What a packer makes of a request.</summary>
internal sealed class PackedRequest
{
    public int[] Prompt { get; set; } = [];

    [ColumnName("Prompt.InteractionStarts")]
    public int[] InteractionStarts { get; set; } = [];

    [ColumnName("Prompt.KnownOutcomes")]
    public int[] KnownOutcomes { get; set; } = [];

    public PackedPrompt Packed => new(Prompt, InteractionStarts, KnownOutcomes);
}
