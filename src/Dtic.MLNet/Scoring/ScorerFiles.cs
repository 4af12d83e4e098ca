using Dtic.MLNet.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Scoring;

/// <summary>A scorer in a plain folder: <c>config.json</c>, <c>model.safetensors</c>, and where its training is known, <c>training.json</c>.</summary>
internal static class ScorerFiles
{
    public const string ConfigurationName = "config.json";
    public const string WeightsName = "model.safetensors";

    /// <summary>Writes the files where they belong; whoever replaces a good folder gives another one here and moves it into its place.</summary>
    public static void Write(string folder, ScorerSettings settings, ModelWeights weights)
    {
        Directory.CreateDirectory(folder);
        using (var stream = File.Create(Path.Combine(folder, ConfigurationName)))
        {
            (settings with { WeightsHash = WeightsFile.Hash(weights) }).Save(stream, weights.Configuration);
        }

        using (var stream = File.Create(Path.Combine(folder, WeightsName)))
        {
            weights.Save(stream);
        }

        if (settings.Training is { } training)
        {
            using var stream = File.Create(Path.Combine(folder, TrainingFile.Name));
            TrainingFile.Save(stream, training);
        }
    }

    /// <exception cref="ModelFormatException">A file is missing or corrupt, or they do not belong together.</exception>
    public static (ScorerSettings Settings, ModelWeights Weights) Read(string folder)
    {
        var (configuration, settings) = Read(folder, ConfigurationName, ScorerSettings.Load);
        if (File.Exists(Path.Combine(folder, TrainingFile.Name))) settings = settings with { Training = Read(folder, TrainingFile.Name, TrainingFile.Load) };
        return (settings, Read(folder, WeightsName, (stream, path) => WeightsFile.Load(stream, configuration, settings.WeightsHash, path)));
    }

    private static T Read<T>(string folder, string name, Func<Stream, string, T> read) => SavedFile.Read(Path.Combine(folder, name), read);
}
