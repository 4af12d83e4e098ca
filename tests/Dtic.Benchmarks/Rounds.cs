namespace Dtic.Benchmarks;

/// <summary>Times several kinds of work in turn, so that a machine that slows down slows all of them.</summary>
internal static class Rounds
{
    /// <returns>The seconds of each, round by round; one round before the first is not counted.</returns>
    public static List<double>[] Seconds(IReadOnlyList<(string Name, Func<double> Step)> work, int rounds)
    {
        var seconds = work.Select(_ => new List<double>()).ToArray();
        for (int round = 0; round <= rounds; round++)
        {
            for (int i = 0; i < work.Count; i++)
            {
                double time = work[i].Step();
                Console.WriteLine($"{(round == 0 ? "warm-up" : $"round {round} of {rounds}")}, {work[i].Name}: {time:F3} s");
                if (round > 0) seconds[i].Add(time);
            }
        }
        return seconds;
    }
}
