using System.Globalization;
using Dtic.MLNet.Tests.Model;
using Dtic.MLNet.Tests.Scoring;
using Microsoft.ML;

namespace Dtic.MLNet.Tests;

[TestClass]
public sealed class FreshProcessTests
{
    [TestMethod]
    public void Load_ProcessThatNamesNothingOfThePackages_ScoresEqually() => AssertScoresEqually("", []);

    [TestMethod]
    [OSCondition(OperatingSystems.Linux)]
    public void Load_ProcessInTurkish_ScoresEqually()
    {
        // The tests run without cultures, so the program gets a configuration that has them.
        using var folder = new TemporaryFolder();
        string configuration = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "LoadModel.runtimeconfig.json"));
        Assert.Contains("\"System.Globalization.Invariant\": true", configuration);
        File.WriteAllText(folder["turkish.json"], configuration.Replace("\"System.Globalization.Invariant\": true", "\"System.Globalization.Invariant\": false", StringComparison.Ordinal));

        AssertScoresEqually("tr-TR", ["exec", "--runtimeconfig", folder["turkish.json"]]);
    }

    private static void AssertScoresEqually(string culture, string[] host)
    {
        var context = new MLContext();
        var model = ClickPipeline.Model(ContextAttention.Windowed);
        var test = ClickPipeline.Split.TestSet;
        var requests = context.Data.LoadFromEnumerable(ClickPipeline.All.Take(40).Select(click => ClickPipeline.All.RequestFor(click)));
        using var folder = new TemporaryFolder();
        context.Model.Save(model, test.Schema, folder["model.zip"]);
        Save("interactions.idv", test);
        Save("requests.idv", requests);

        var (output, errors) = ChildProgram.RunHost(culture, [.. host, ChildProgram.PathOf("LoadModel.dll"), folder["model.zip"], folder["interactions.idv"], folder["requests.idv"]]);

        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Assert.AreEqual(culture, errors.Trim());
        float[] expected = [.. Scorers.Read<float>(model.Transform(test), "Score"), .. Scorers.Read<float>(model.Transform(requests), "Score")];
        Closeness.AssertClose(expected, [.. lines.Select(line => float.Parse(line, CultureInfo.InvariantCulture))], 1e-6);

        void Save(string name, IDataView data)
        {
            using var stream = File.Create(folder[name]);
            context.Data.SaveAsBinary(data, stream);
        }
    }
}
