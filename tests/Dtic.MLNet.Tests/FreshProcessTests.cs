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
    public void Load_ProcessThatNamesNothingOfThePackages_ScoresEqually()
    {
        var context = new MLContext();
        var model = ClickPipeline.Model(ContextAttention.Windowed);
        var test = ClickPipeline.Split.TestSet;
        var requests = context.Data.LoadFromEnumerable(ClickPipeline.All.Take(40).Select(click => ClickPipeline.All.RequestFor(click)));
        using var folder = new TemporaryFolder();
        context.Model.Save(model, test.Schema, folder["model.zip"]);
        Save("interactions.idv", test);
        Save("requests.idv", requests);

        string output = Run("LoadModel.dll", folder["model.zip"], folder["interactions.idv"], folder["requests.idv"]);

        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        float[] expected = [.. Scorers.Read<float>(model.Transform(test), "Score"), .. Scorers.Read<float>(model.Transform(requests), "Score")];
        Closeness.AssertClose(expected, [.. lines.Select(line => float.Parse(line, CultureInfo.InvariantCulture))], 1e-6);

        void Save(string name, IDataView data)
        {
            using var stream = File.Create(folder[name]);
            context.Data.SaveAsBinary(data, stream);
        }
    }

    /// <summary>Runs a program of this project's output folder in the runtime of this process and gives what it printed.</summary>
    private static string Run(string program, params string[] arguments)
    {
        string host = Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        var start = new ProcessStartInfo(Path.GetFullPath(host), [Path.Combine(AppContext.BaseDirectory, program), .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(TimeSpan.FromMinutes(2)))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{program} did not end.");
        }

        Assert.AreEqual(0, process.ExitCode, errors.Result);
        return output.Result;
    }
}
