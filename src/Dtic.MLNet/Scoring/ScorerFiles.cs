using Dtic.MLNet.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Scoring;

/// <summary>A scorer as files: <c>config.json</c>, <c>model.safetensors</c>, and where its training is known, <c>training.json</c>.</summary>
internal static class ScorerFiles
{
    public const string ConfigurationName = "config.json";
    public const string WeightsName = "model.safetensors";

    /// <summary>Writes <c>config.json</c>, with the hash of the weights.</summary>
    public static void SaveConfiguration(Stream stream, ScorerSettings settings, ModelWeights weights) =>
        (settings with { WeightsHash = WeightsFile.Hash(weights) }).Save(stream, weights.Configuration);

    /// <summary>Reads all files.</summary>
    /// <param name="files">Open files with their paths, by their names; the first two are among them.</param>
    /// <exception cref="ModelFormatException">A file is corrupt, or they do not belong together.</exception>
    public static (ScorerSettings Settings, ModelWeights Weights) Read(IReadOnlyDictionary<string, (Stream Content, string Path)> files)
    {
        var (configurationFile, weights) = (files[ConfigurationName], files[WeightsName]);
        var (configuration, settings) = ScorerSettings.Load(configurationFile.Content, configurationFile.Path);
        if (files.TryGetValue(TrainingFile.Name, out var training)) settings = settings with { Training = TrainingFile.Load(training.Content, training.Path) };
        return (settings, WeightsFile.Load(weights.Content, configuration, settings.WeightsHash, weights.Path));
    }
}
