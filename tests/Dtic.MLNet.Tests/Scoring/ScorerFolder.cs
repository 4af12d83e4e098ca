using Microsoft.ML;

namespace Dtic.MLNet.Tests.Scoring;

/// <summary>The files of a scorer alone in a folder.</summary>
internal static class ScorerFolder
{
    public static void Write(DticPredictionTransformer scorer, string folder)
    {
        Directory.CreateDirectory(folder);
        foreach (var file in scorer.Files())
        {
            using var stream = File.Create(Path.Combine(folder, file.Name));
            file.Write(stream);
        }
    }

    public static DticPredictionTransformer Read(string folder)
    {
        var files = Directory.GetFiles(folder).ToDictionary(path => Path.GetFileName(path), path => ((Stream)File.OpenRead(path), path));
        try
        {
            var context = new MLContext();
            return DticPredictionTransformer.ReadFiles(context, MLNet.Scoring.Devices.Of(context), files);
        }
        finally
        {
            foreach (var file in files.Values) file.Item1.Dispose();
        }
    }
}
