using Dtic.MLNet.Scoring;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Folders;

/// <summary>One file of a model.</summary>
/// <param name="Name">One of <see cref="Names"/>.</param>
/// <param name="Write">Writes its content.</param>
internal sealed record ModelFile(string Name, Action<Stream> Write)
{
    /// <summary>The files that every model has.</summary>
    public static readonly string[] RequiredNames = [ScorerFiles.ConfigurationName, ScorerFiles.WeightsName, PackerFiles.TemplateName, PackerFiles.VocabularyName];

    /// <summary>All files that a model can have: no name is ever taken from a file.</summary>
    public static readonly string[] Names = [.. RequiredNames, TrainingFile.Name];
}
