using Dtic.Transforms;
using Dtic.Transforms.Prompts;
using static Dtic.MLNet.CheckSeverity;

namespace Dtic.MLNet.Checks;

/// <summary>What the limit of tokens per interaction leaves out.</summary>
internal static class TokenChecks
{
    public static IEnumerable<CheckFinding> Of(PromptPackingTransformer packer) =>
        packer.DescribeLosses().Select(loss => new CheckFinding(loss.Losses.AreMany ? Warning : Information, "data.cut", loss.Found, TokenLosses.Advice));
}
