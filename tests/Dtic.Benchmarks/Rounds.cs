namespace Dtic.Benchmarks;

/// <summary>Times several kinds of work in turn, so that a machine that slows down slows all of them.</summary>
internal static class Rounds
{
    /// <param name="work">What takes turns; a step returns its seconds.</param>
    /// <param name="rounds">Rounds that count.</param>
    /// <param name="warmUps">Rounds before them: the runtime compiles hot code anew after some calls, and short steps make few.</param>
    /// <param name="atLeast">
    /// Seconds that a turn's steps take at least: short steps are repeated, so that a moment in which the machine is busy weighs no more on them than on long ones. A third of it,
    /// and one step or more, goes before and is not counted: what took its turn before has left the caches full of other memory, which training finds in its first steps only.
    /// 0 = a turn is one step, and nothing goes before it.
    /// </param>
    /// <returns>The seconds of a step of each, round by round.</returns>
    public static List<double>[] Seconds(IReadOnlyList<(string Name, Func<double> Step)> work, int rounds, int warmUps = 1, double atLeast = 0)
    {
        var seconds = work.Select(_ => new List<double>()).ToArray();
        for (int round = 1 - warmUps; round <= rounds; round++)
        {
            for (int i = 0; i < work.Count; i++)
            {
                if (round > 0 && atLeast > 0) Mean(work[i].Step, atLeast / 3);
                double time = Mean(work[i].Step, round > 0 ? atLeast : 0);
                Console.WriteLine($"{(round <= 0 ? "warm-up" : $"round {round} of {rounds}")}, {work[i].Name}: {time:F3} s");
                if (round > 0) seconds[i].Add(time);
            }
        }
        return seconds;
    }

    /// <summary>The mean time of steps that take so long together at least; of one step or more.</summary>
    private static double Mean(Func<double> step, double atLeast)
    {
        double all = step();
        int steps = 1;
        for (; all < atLeast; steps++) all += step();
        return all / steps;
    }
}
