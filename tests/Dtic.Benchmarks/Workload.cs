using Dtic.MLNet;
using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.Benchmarks;

/// <summary>The network and the made histories that the timing commands share.</summary>
/// <param name="Width">d.</param>
/// <param name="Layers">Decoder layers.</param>
/// <param name="Heads">Attention heads.</param>
/// <param name="Window">n, in interactions.</param>
/// <param name="Tokens">Mean number of item tokens per interaction; each has half to one and a half times as many, uniformly.</param>
/// <param name="Vocabulary">V, token ids that items are drawn from, uniformly.</param>
/// <param name="Threads">Worker threads.</param>
/// <param name="Seed">Of weights and histories.</param>
internal sealed record Workload(int Width, int Layers, int Heads, int Window, int Tokens, int Vocabulary, int Threads, int Seed)
{
    public static Workload Read(CommandLine line) => new(
        line.Number("d", 128), line.Number("layers", 4), line.Number("heads", 4), line.Number("n", 20, 0), line.Number("tokens", 20), line.Number("vocabulary", 2000, SpecialToken.Count + 1),
        line.Number("threads", 1), line.Number("seed", 1));

    /// <summary>The trainer's options: its own defaults, except that nothing is dropped out, and what <c>--set</c> says.</summary>
    public DticTrainer.Options Options(CommandLine line, int batchSize)
    {
        var options = new DticTrainer.Options
        {
            EmbeddingDimension = Width,
            NumberOfLayers = Layers,
            NumberOfHeads = Heads,
            BatchSize = batchSize,
            NumberOfThreads = Threads,
            DropoutRate = 0,
            NumberOfEpochs = 10_000,   // the commands stop by themselves
            Seed = Seed,
        };
        line.Apply(options);
        return options;
    }

    /// <summary>Weights for a network of these options.</summary>
    public ModelWeights Weights(DticTrainer.Options options) => ModelWeights.Random(options.Configuration(Vocabulary, "", Window), options.Seed ?? 0);

    /// <summary>
    /// Histories of n interactions that are context only, then <paramref name="targets"/> targets: every target has a full window, so the
    /// sliding-window prompts are all complete. Every earlier outcome is known.
    /// </summary>
    public IReadOnlyList<(PackedPrompt Prompt, float[] Labels)> Histories(int users, int targets)
    {
        var random = new Random(Seed);
        return [.. Enumerable.Range(0, users).Select(_ => History(random, targets))];
    }

    private (PackedPrompt Prompt, float[] Labels) History(Random random, int targets)
    {
        int interactions = Window + targets;
        var tokens = new List<int>(interactions * (Tokens + 2));
        var starts = new int[interactions];
        var labels = new List<float>(targets);
        for (int j = 0; j < interactions; j++)
        {
            starts[j] = tokens.Count;
            int length = random.Next(Math.Max(1, Tokens / 2), (Tokens * 3 / 2) + 1);
            for (int i = 0; i < length; i++) tokens.Add(random.Next(SpecialToken.Count, Vocabulary));
            int outcome = random.Next(2) == 0 ? SpecialToken.Click : SpecialToken.NoClick;
            if (j >= Window)
            {
                tokens.Add(SpecialToken.Sum);
                labels.Add(outcome == SpecialToken.Click ? 1 : 0);
            }
            if (j < interactions - 1) tokens.Add(outcome);   // the last outcome is nobody's key
        }
        return (new PackedPrompt(tokens.ToArray(), starts, Enumerable.Range(0, interactions).ToArray()), [.. labels]);
    }

    /// <summary>Cuts histories into prompts of k targets behind n interactions, as PackPrompts does; 0 leaves them whole.</summary>
    public IEnumerable<(PackedPrompt Prompt, float[] Labels)> Pack(IEnumerable<(PackedPrompt Prompt, float[] Labels)> histories, int targetsPerPrompt)
    {
        foreach (var (history, labels) in histories)
        {
            int k = targetsPerPrompt == 0 ? labels.Length : targetsPerPrompt;
            for (int first = 0; first < labels.Length; first += k)
            {
                int count = Math.Min(k, labels.Length - first);
                yield return (history.Slice(first, count, Window), labels[first..(first + count)]);
            }
        }
    }
}
