namespace Dtic.MLNet.Training;

/// <summary>
/// What AdamW does to a weight in steps in which it has no gradient, all at once: its moments fade, it follows what is left of the first one, and
/// it decays. With j counting the steps since the last gradient, step s = t0 + j takes
/// <c>rate_s m beta1^j / (1 - beta1^s) / (sqrt(v beta2^j / (1 - beta2^s)) + epsilon)</c>, so a sum of known factors times <c>m / (sqrt(v) + e_s)</c>.
/// The e_s hardly differ, and their mean, each counting as much as its factor, stands for all.
/// </summary>
/// <param name="rate">The learning rate of each step, from 0.</param>
/// <param name="weightDecay">Times the rate: what a step takes from a weight.</param>
internal sealed class IdleSteps(Func<int, double> rate, double weightDecay)
{
    // Behind so many steps a first moment has faded to less than 1e-9 of what it moved a weight by: nothing in float32.
    private const int Longest = 200;

    // The logarithm of a keep of 0: small enough that its exponential is 0 and no sum of others brings it back, finite so that it can be taken off again.
    private const double LogOfNothing = -1e6;

    private static readonly double Rise = 1 / Math.Sqrt(FusedAdamW.Beta2), Fade = FusedAdamW.Beta1 * Rise;

    private readonly List<double> _pulls = [];   // rate_s sqrt(1 - beta2^s) / (1 - beta1^s)
    private readonly List<double> _roots = [];   // sqrt(1 - beta2^s)
    private readonly List<double> _keeps = [];   // 1 - rate_s decay
    private readonly List<double> _kept = [0];   // sum of the logarithms of all keeps before, signs left out
    private readonly List<int> _turned = [0];    // how many of all keeps before are negative

    /// <summary>The factors of the steps from <paramref name="done"/> to <paramref name="now"/>: the weight had <paramref name="done"/> steps, and is to have had <paramref name="now"/>.</summary>
    /// <remarks>Not thread-safe before <see cref="Reach"/>.</remarks>
    public IdleFactors Between(int done, int now)
    {
        int idle = now - done;
        if (idle == 0) return IdleFactors.None;
        int moving = Math.Min(idle, Longest);
        double pull = 0, fade = 1, rise = FusedAdamW.Epsilon, factors = 0, epsilons = 0;
        for (int s = done; s < done + moving; s++)
        {
            fade *= Fade;
            rise *= Rise;
            double factor = _pulls[s] * fade;
            pull = (pull * _keeps[s]) + factor;
            factors += factor;
            epsilons += factor * rise * _roots[s];
        }
        return new IdleFactors(
            (float)Kept(done, now),
            (float)(pull * Kept(done + moving, now)),
            (float)Math.Pow(FusedAdamW.Beta1, idle),
            (float)Math.Pow(FusedAdamW.Beta2, idle),
            (float)(factors > 0 ? epsilons / factors : FusedAdamW.Epsilon));
    }

    /// <summary>Prepares for steps up to <paramref name="now"/>.</summary>
    public void Reach(int now)
    {
        for (int step = _pulls.Count; step < now; step++)
        {
            double r = rate(step), keep = 1 - (r * weightDecay);
            _roots.Add(Math.Sqrt(1 - Math.Pow(FusedAdamW.Beta2, step + 1)));
            _pulls.Add(r * _roots[step] / (1 - Math.Pow(FusedAdamW.Beta1, step + 1)));
            _keeps.Add(keep);
            _kept.Add(_kept[step] + Math.Max(Math.Log(Math.Abs(keep)), LogOfNothing));
            _turned.Add(_turned[step] + (keep < 0 ? 1 : 0));
        }
    }

    /// <summary>The product of the keeps of the steps from one to another.</summary>
    private double Kept(int from, int to) => ((_turned[to] - _turned[from]) % 2 == 0 ? 1 : -1) * Math.Exp(_kept[to] - _kept[from]);
}

/// <summary>With moments m and v, idle steps make of a weight w: <c>Weight w - Pull m / (sqrt(v) + Epsilon)</c>, of m <c>First m</c>, of v <c>Second v</c>.</summary>
internal readonly record struct IdleFactors(float Weight, float Pull, float First, float Second, float Epsilon)
{
    /// <summary>No step.</summary>
    public static IdleFactors None => new(1, 0, 1, 1, 1);
}
