using Dtic.Transforms.Prompts;
using Microsoft.ML.Runtime;

namespace Dtic.Transforms.Tests.Prompts;

/// <summary>The two files of a packer in a folder.</summary>
internal static class PackerFolder
{
    public static void Write(PromptPackingTransformer packer, string folder)
    {
        Directory.CreateDirectory(folder);
        using (var stream = File.Create(Path.Combine(folder, PackerFiles.TemplateName)))
        {
            packer.WriteTemplate(stream);
        }

        using (var stream = File.Create(Path.Combine(folder, PackerFiles.VocabularyName)))
        {
            packer.WriteVocabulary(stream);
        }
    }

    public static PromptPackingTransformer Read(IHostEnvironment environment, string folder) =>
        Open(folder, files => PromptPackingTransformer.ReadFiles(environment, files));

    public static T Open<T>(string folder, Func<IReadOnlyDictionary<string, (Stream Content, string Path)>, T> read)
    {
        using var template = File.OpenRead(Path.Combine(folder, PackerFiles.TemplateName));
        using var vocabulary = File.OpenRead(Path.Combine(folder, PackerFiles.VocabularyName));
        return read(new Dictionary<string, (Stream, string)>
        {
            [PackerFiles.TemplateName] = (template, template.Name),
            [PackerFiles.VocabularyName] = (vocabulary, vocabulary.Name),
        });
    }
}
