using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
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

        var (output, errors) = Run(culture, [.. host, Path.Combine(AppContext.BaseDirectory, "LoadModel.dll"), folder["model.zip"], folder["interactions.idv"], folder["requests.idv"]]);

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

    /// <summary>Runs a program in the runtime of this process, in a culture, and gives what it printed.</summary>
    private static (string Output, string Errors) Run(string culture, string[] arguments)
    {
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        var start = new ProcessStartInfo(Path.GetFullPath(host), arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (culture.Length > 0) start.Environment["LANG"] = start.Environment["LC_ALL"] = culture.Replace('-', '_') + ".UTF-8";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("LoadModel did not end.");
        }

        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return (output.Result, errors.Result);
    }
}
