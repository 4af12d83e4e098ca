namespace Dtic.Benchmarks;

/// <summary>Times several kinds of work in turn, so that a machine that slows down slows all of them.</summary>
internal static class Rounds
{
    /// <param name="work">What takes turns; a step returns its seconds.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="warmUps">Rounds before them: the runtime compiles hot code anew after some calls, and short steps make few.</param>
    /// <param name="atLeast">Seconds that a turn takes at least: short steps are repeated, so that a moment in which the machine is busy weighs no more on them than on long ones.</param>
    /// <returns>The seconds of a step of each, round by round.</returns>
    public static List<double>[] Seconds(IReadOnlyList<(string Name, Func<double> Step)> work, int rounds, int warmUps = 1, double atLeast = 0)
    {
        var seconds = work.Select(_ => new List<double>()).ToArray();
        for (int round = 1 - warmUps; round <= rounds; round++)
        {
            for (int i = 0; i < work.Count; i++)
            {
                double all = work[i].Step();
                int steps = 1;
                for (; round > 0 && all < atLeast; steps++) all += work[i].Step();
                double time = all / steps;
                Console.WriteLine($"{(round <= 0 ? "warm-up" : $"round {round} of {rounds}")}, {work[i].Name}: {time:F3} s");
                if (round > 0) seconds[i].Add(time);
            }
        }
        return seconds;
    }
}
