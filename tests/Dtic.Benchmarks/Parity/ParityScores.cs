using System.Globalization;
using Dtic.Benchmarks.Measures;

namespace Dtic.Benchmarks.Parity;

/// <summary>The test rows of one run, ready for resampling.</summary>
/// <param name="Rows">User, label and nothing else of each row: equal for all runs over the same data.</param>
/// <param name="Users">How many users.</param>
/// <param name="Auc">Over the scores.</param>
internal sealed record ParityScores(IReadOnlyList<(string User, bool Label)> Rows, int Users, RankAuc Auc)
{
    public static ParityScores Of(IReadOnlyList<ScoredTarget> targets)
    {
        var users = new Dictionary<string, int>(StringComparer.Ordinal);
        int[] indices = new int[targets.Count];
        for (int i = 0; i < indices.Length; i++)
        {
            if (!users.TryGetValue(targets[i].UserId, out indices[i])) users.Add(targets[i].UserId, indices[i] = users.Count);
        }
        return new ParityScores(
            [.. targets.Select(t => (t.UserId, t.Label))], users.Count, new RankAuc(indices, [.. targets.Select(t => t.Label)], [.. targets.Select(t => t.Score)]));
    }

    public static void Write(string path, IEnumerable<ScoredTarget> targets)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        File.WriteAllLines(path, targets.Select(t => string.Create(CultureInfo.InvariantCulture, $"{t.UserId},{(t.Label ? 1 : 0)},{t.Score:R}")));
    }

    public static ParityScores Read(string path) => Of([.. File.ReadLines(path).Select(line => line.Split(',')).Select(
        f => new ScoredTarget { UserId = f[0], Label = f[1] == "1", Score = float.Parse(f[2], CultureInfo.InvariantCulture) })]);
}
