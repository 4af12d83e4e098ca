using System.Text.Json;
using System.Text.Json.Nodes;
using Dtic.MLNet.Model;
using Dtic.Transforms;

namespace Dtic.MLNet.Scoring;

/// <summary>What a saved scorer knows beside its network; in <c>config.json</c> it stands in our object, behind the network's entries.</summary>
/// <param name="LabelColumnName">The label column of the prompts that it was trained on.</param>
/// <param name="PromptColumnName">The column of prompts.</param>
/// <param name="ScoringMode">The mode asked for; null for the default.</param>
internal sealed record ScorerSettings(string LabelColumnName, string PromptColumnName, ScoringMode? ScoringMode)
{
    /// <summary>The entry of <c>config.json</c> with the hash of the weights.</summary>
    internal const string WeightsHashKey = "weights_sha256";

    private const string LabelColumn = "label_column";
    private const string PromptColumn = "prompt_column";
    private const string Mode = "scoring_mode";
    private const string CalibrationKey = "calibration";
    private const string Slope = "slope";
    private const string Offset = "offset";
    private static readonly string[] Keys = [LabelColumn, PromptColumn, Mode, WeightsHashKey, CalibrationKey];

    /// <summary>SHA-256 of <c>model.safetensors</c> in lower-case hexadecimal; null in memory, and in files of before it was kept.</summary>
    public string? WeightsHash { get; init; }

    /// <summary>How scores become probabilities; null: by the sigmoid.</summary>
    public PlattScaling? Calibration { get; init; }

    /// <summary>How the model was trained, which stands in a file of its own (<see cref="TrainingFile"/>); null: not known.</summary>
    public DticTrainingSummary? Training { get; init; }

    /// <summary>Writes <c>config.json</c>.</summary>
    public void Save(Stream stream, ModelConfiguration configuration)
    {
        using var network = new MemoryStream();
        configuration.Save(network);
        var json = JsonNode.Parse(network.ToArray())!;
        var own = json[ModelConfiguration.OwnKey]!;
        own[LabelColumn] = LabelColumnName;
        own[PromptColumn] = PromptColumnName;
        own[Mode] = ScoringMode?.ToString();
        if (WeightsHash is not null) own[WeightsHashKey] = WeightsHash;
        if (Calibration is { } calibration) own[CalibrationKey] = new JsonObject { [Slope] = calibration.Slope, [Offset] = calibration.Offset };
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true });
        json.WriteTo(writer);
    }

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <exception cref="ModelFormatException">The file is not a configuration that this version can read.</exception>
    public static (ModelConfiguration Configuration, ScorerSettings Settings) Load(Stream stream, string name)
    {
        byte[] bytes = SavedFile.ReadSettings(stream, name, "a configuration");
        var configuration = ModelConfiguration.Load(new MemoryStream(bytes), name);
        using var json = JsonDocument.Parse(bytes);   // sound, as the configuration was read from it
        var own = json.RootElement.GetProperty(ModelConfiguration.OwnKey);
        try
        {
            if (own.EnumerateObject().Select(property => property.Name).FirstOrDefault(key => !ModelConfiguration.OwnKeys.Contains(key) && !Keys.Contains(key)) is { } unknown)
                throw new ModelFormatException($"'{name}': {ModelConfiguration.OwnKey} has the key '{ForeignText.Shown(unknown)}', which this version of Dtic does not know. Update the package if the file is newer.");
            return (configuration, new ScorerSettings(Column(own, LabelColumn, name), Column(own, PromptColumn, name), ReadMode(own, name))
            {
                WeightsHash = ReadHash(own, name),
                Calibration = ReadCalibration(own, name),
            });
        }
        catch (InvalidOperationException)
        {
            throw new ModelFormatException($"'{name}' holds text that is not UTF-8.");
        }
    }

    private static string Column(JsonElement own, string key, string name) =>
        own.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } column
            ? column
            : throw new ModelFormatException($"'{name}': {key} is missing or is not the name of a column.");

    private static ScoringMode? ReadMode(JsonElement own, string name)
    {
        if (!own.TryGetProperty(Mode, out var value)) throw new ModelFormatException($"'{name}' lacks the key '{Mode}'.");
        if (value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        foreach (var mode in Enum.GetValues<ScoringMode>())
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(mode.ToString()))
            {
                return mode;
            }
        }

        throw new ModelFormatException($"'{name}': {Mode} is {ForeignText.Shown(value.GetRawText())}, expected null or one of {string.Join(", ", Enum.GetNames<ScoringMode>())}.");
    }

    private static string? ReadHash(JsonElement own, string name)
    {
        if (!own.TryGetProperty(WeightsHashKey, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: 64 } hash && hash.All(char.IsAsciiHexDigitLower)
            ? hash
            : throw new ModelFormatException($"'{name}': {WeightsHashKey} is {ForeignText.Shown(value.GetRawText())}, expected 64 digits 0 to 9 and a to f.");
    }

    private static PlattScaling? ReadCalibration(JsonElement own, string name)
    {
        if (!own.TryGetProperty(CalibrationKey, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        return value.ValueKind == JsonValueKind.Object && Number(Slope) is { } slope and >= 0 && Number(Offset) is { } offset
            ? new PlattScaling(slope, offset)
            : throw new ModelFormatException($"'{name}': {CalibrationKey} is {ForeignText.Shown(value.GetRawText())}, expected an object with a {Slope} of 0 or more and an {Offset}.");

        double? Number(string key) => value.TryGetProperty(key, out var number) && number.ValueKind == JsonValueKind.Number && number.TryGetDouble(out double found) && double.IsFinite(found) ? found : null;
    }
}
