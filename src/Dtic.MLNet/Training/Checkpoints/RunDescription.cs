using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Dtic.MLNet.Model;

namespace Dtic.MLNet.Training.Checkpoints;

/// <summary>Everything that decides the numbers of a training: two runs of one description on one machine end with the same weights, bit for bit.</summary>
internal static class RunDescription
{
    public static JsonObject Of(TrainingOptions options, ModelConfiguration model, PromptStore training, PromptStore? validation, string device)
    {
        var version = typeof(RunDescription).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;
        var run = new JsonObject
        {
            ["DticVersion"] = version.Split('+')[0],   // without the commit
            ["Device"] = device,
            ["TrainingSet"] = training.Hash(),
            ["ValidationSet"] = validation?.Hash() ?? "none",
        };
        Add(JsonSerializer.SerializeToNode(options, CheckpointJson.Default.TrainingOptions)!.AsObject());
        Add(JsonSerializer.SerializeToNode(model, CheckpointJson.Default.ModelConfiguration)!.AsObject());
        return run;

        void Add(JsonObject values)
        {
            foreach (var (name, value) in values) run.Add(name, value?.DeepClone());
        }
    }

    /// <summary>What differs, a sentence for each name; empty where the two are one run.</summary>
    public static IEnumerable<string> Differences(JsonObject here, JsonObject saved) =>
        from name in here.Select(pair => pair.Key).Union(saved.Select(pair => pair.Key))
        let now = Text(here[name])
        let then = Text(saved[name])
        where now != then
        select $"{name} is {Short(now)}, in the checkpoint {Short(then)}.";

    private static string Text(JsonNode? value) =>
        value is null ? "null" : value.GetValueKind() == JsonValueKind.String ? value.GetValue<string>() : value.ToJsonString();

    private static string Short(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower) ? $"{text[..12]}..." : text;   // a hash
}
