namespace Dtic.MLNet.Tests.Documentation.Pictures;

/// <summary>The pictures of docs/concepts.md are drawn from what the library packs and masks.</summary>
[TestClass]
public sealed class PictureTests
{
    [TestMethod]
    public void Pictures_OfConcepts_AreThoseOfTheCode()
    {
        GeneratedFile.AssertCurrent("docs/images/prompt.svg", PromptPictures.Prompt());
        GeneratedFile.AssertCurrent("docs/images/packing.svg", PromptPictures.Packing());
        GeneratedFile.AssertCurrent("docs/images/positions.svg", PromptPictures.Positions());
        GeneratedFile.AssertCurrent("docs/images/mask.svg", MaskPictures.Mask());
        GeneratedFile.AssertCurrent("docs/images/context-modes.svg", MaskPictures.ContextModes());
        GeneratedFile.AssertCurrent("docs/images/outcome-delay.svg", MaskPictures.OutcomeDelay());
    }
}
