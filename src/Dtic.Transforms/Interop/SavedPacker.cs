using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;
using Microsoft.ML;

namespace Dtic.Transforms.Interop;

/// <summary>A packer in ML.NET's zip: two files beside an empty main stream.</summary>
internal static class SavedPacker
{
    // The signatures are the file format and never change.
    internal const string LoaderSignature = "DticPackPrompts";
    private const string ModelSignature = "DTICPACK";

    /// <summary>Writes the two files.</summary>
    public static void Save(ModelSaveContext context, PromptTemplate template, Vocabulary vocabulary)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Version());
        context.SaveBinaryStream(PackerFiles.TemplateName, writer => PackerFiles.Save(writer.BaseStream, template, vocabulary));
        context.SaveBinaryStream(PackerFiles.VocabularyName, writer => vocabulary.Save(writer.BaseStream));
    }

    /// <exception cref="ModelFormatException">A file is missing, corrupt, or contradicts the other.</exception>
    public static (PromptTemplate Template, Vocabulary Vocabulary) Load(ModelLoadContext context)
    {
        MLNetInternals.ReadHeader(() => context.CheckAtModel(Version()));
        var vocabulary = Load(context, PackerFiles.VocabularyName, stream => Vocabulary.Load(stream, PackerFiles.VocabularyName));
        var template = Load(context, PackerFiles.TemplateName, stream => PackerFiles.Load(stream, PackerFiles.TemplateName, vocabulary));
        return (template, vocabulary);
    }

    private static T Load<T>(ModelLoadContext context, string name, Func<Stream, T> read)
        where T : class
    {
        T? result = null;
        try
        {
            context.TryLoadBinaryStream(name, reader => result = read(reader.BaseStream));
        }
        catch (InvalidDataException exception)
        {
            throw new ModelFormatException($"'{name}' is corrupt: {exception.Message}");
        }

        return result ?? throw new ModelFormatException($"The saved model lacks '{name}'.");
    }

    private static VersionInfo Version() => MLNetInternals.Version(typeof(SavedPacker).Assembly, ModelSignature, LoaderSignature);
}
