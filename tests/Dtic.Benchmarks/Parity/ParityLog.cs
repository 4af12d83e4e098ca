using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsvHelper;

namespace Dtic.Benchmarks.Parity;

/// <summary>
/// The runs so far: one line of a CSV file and one file of scores for each, written as soon as the run is done, so that an interrupted
/// command keeps what it has.
/// </summary>
internal sealed class ParityLog
{
    private static readonly string[] Heading =
        ["settings", "data", "family", "k", "seed", "auc", "f1", "logloss", "packed auc", "packed f1", "packed logloss", "training seconds"];

    private readonly string _path, _settings, _settingsHash;
    private readonly Dictionary<(string Data, string Family, int K, int Seed), ParityResult> _results = [];

    /// <param name="folder">Where the files stand.</param>
    /// <param name="settings">Everything that changes a figure; lines of other settings are not taken for these.</param>
    /// <param name="resume">Whether lines of an earlier command count; else they are overwritten.</param>
    public ParityLog(string folder, string settings, bool resume)
    {
        _path = Path.Combine(folder, "parity.csv");
        _settings = settings;
        _settingsHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(settings)))[..8];
        Directory.CreateDirectory(folder);
        if (resume && File.Exists(_path)) Read();
        else Append([Heading], append: false);
    }

    public ParityResult? Find(ParityData data, ParityVariant variant, int seed) =>
        _results.TryGetValue((data.Name, variant.Family, variant.TargetsPerPrompt, seed), out var result) && File.Exists(ScoresPath(result)) ? result : null;

    public void Add(ParityResult result, IEnumerable<ScoredTarget> scores)
    {
        ParityScores.Write(ScoresPath(result), scores);   // first: a line in the file means that the scores are there
        _results[(result.Data, result.Family, result.TargetsPerPrompt, result.Seed)] = result;
        object[] fields =
        [
            _settings, result.Data, result.Family, result.TargetsPerPrompt, result.Seed, result.Alone.Auc, result.Alone.F1, result.Alone.LogLoss,
            result.Packed.Auc, result.Packed.F1, result.Packed.LogLoss, result.TrainingSeconds,
        ];
        Append([Array.ConvertAll(fields, f => Convert.ToString(f, CultureInfo.InvariantCulture)!)], append: true);
    }

    public ParityScores Scores(ParityResult result) => ParityScores.Read(ScoresPath(result));

    private string ScoresPath(ParityResult result) =>
        Path.Combine(Path.GetDirectoryName(_path)!, "parity-scores", $"{result.Data}-{result.Family}-k{result.TargetsPerPrompt}-seed{result.Seed}-{_settingsHash}.csv");

    private void Append(IEnumerable<string[]> lines, bool append)
    {
        using var csv = new CsvWriter(new StreamWriter(_path, append), CultureInfo.InvariantCulture);
        foreach (string[] line in lines)
        {
            foreach (string field in line) csv.WriteField(field);
            csv.NextRecord();
        }
    }

    private void Read()
    {
        using var csv = new CsvReader(new StreamReader(_path), CultureInfo.InvariantCulture);
        csv.Read();
        csv.ReadHeader();
        if (!csv.HeaderRecord!.SequenceEqual(Heading)) throw new UsageException($"'{_path}' is not a file of this version: move it away, or leave --resume out.");
        while (csv.Read())
        {
            if (csv.GetField(0) != _settings) continue;
            var result = new ParityResult(
                csv.GetField(1)!, csv.GetField(2)!, csv.GetField<int>(3), csv.GetField<int>(4), new Quality(csv.GetField<double>(5), csv.GetField<double>(6), csv.GetField<double>(7)),
                new Quality(csv.GetField<double>(8), csv.GetField<double>(9), csv.GetField<double>(10)), csv.GetField<double>(11));
            _results[(result.Data, result.Family, result.TargetsPerPrompt, result.Seed)] = result;
        }
    }
}
