using System.Runtime.CompilerServices;
using Dtic.MLNet;
using Dtic.MLNet.Interop;
using Dtic.MLNet.Model;
using Dtic.MLNet.Scoring;
using Dtic.Transforms;
using Dtic.Transforms.Interop;
using Microsoft.ML;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]
[assembly: LoadableClass(typeof(DticPredictionTransformer), null, typeof(SignatureLoadModel), "Dtic click model", SavedScorer.LoaderSignature)]

namespace Dtic.MLNet.Interop;

/// <summary>A scorer in ML.NET's zip: three files, and in the main stream the vocabulary's hash.</summary>
internal static class SavedScorer
{
    // Both are the file format and never change.
    internal const string LoaderSignature = "DticClickModel";
    private const string ModelSignature = "DTICCLIK";

    public static void Save(ModelSaveContext context, ScorerSettings settings, ModelWeights weights)
    {
        context.CheckAtModel();
        context.SetVersionInfo(Version());
        context.SaveNonEmptyString(weights.Configuration.VocabularyHash);
        settings = settings with { WeightsHash = WeightsFile.Hash(weights) };
        context.SaveBinaryStream(ScorerFiles.ConfigurationName, writer => settings.Save(writer.BaseStream, weights.Configuration));
        context.SaveBinaryStream(ScorerFiles.WeightsName, writer => weights.Save(writer.BaseStream));
        if (settings.Training is { } training) context.SaveBinaryStream(TrainingFile.Name, writer => TrainingFile.Save(writer.BaseStream, training));
    }

    /// <exception cref="ModelFormatException">A file is missing, corrupt, or contradicts another.</exception>
    public static (ScorerSettings Settings, ModelWeights Weights) Load(ModelLoadContext context)
    {
        string hash = "";
        MLNetInternals.ReadHeader(() =>
        {
            context.CheckAtModel(Version());
            hash = context.LoadNonEmptyString();
        });
        var (configuration, settings) = Load(context, ScorerFiles.ConfigurationName, stream => ScorerSettings.Load(stream, ScorerFiles.ConfigurationName));
        if (hash != configuration.VocabularyHash)
        {
            throw new ModelFormatException(
                $"'{ScorerFiles.ConfigurationName}' names vocabulary {PromptCheck.Short(configuration.VocabularyHash)}, but the model was saved with {PromptCheck.Short(hash)}.");
        }

        settings = settings with { Training = TryLoad(context, TrainingFile.Name, stream => TrainingFile.Load(stream, TrainingFile.Name)) };
        return (settings, Load(context, ScorerFiles.WeightsName, stream => WeightsFile.Load(stream, configuration, settings.WeightsHash, ScorerFiles.WeightsName)));
    }

    private static T Load<T>(ModelLoadContext context, string name, Func<Stream, T> read)
        where T : notnull => TryLoad(context, name, stream => (object)read(stream)) is T found ? found : throw new ModelFormatException($"The saved model lacks '{name}'.");

    private static T? TryLoad<T>(ModelLoadContext context, string name, Func<Stream, T> read)
        where T : class
    {
        T? result = null;
        try
        {
            return context.TryLoadBinaryStream(name, reader => result = read(reader.BaseStream)) ? result : null;
        }
        catch (InvalidDataException exception)
        {
            throw new ModelFormatException($"'{name}' is corrupt: {exception.Message}");
        }
    }

    private static VersionInfo Version() => MLNetInternals.Version(typeof(SavedScorer).Assembly, ModelSignature, LoaderSignature);
}
