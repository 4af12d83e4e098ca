using Dtic.MLNet.Model;
using Dtic.Transforms.Prompts;
using Dtic.Transforms.Prompts.Vocabularies;

namespace Dtic.MLNet.Tests.Model;

/// <summary>The network of one prompt in loops over doubles, from the Llama formulas: slow, obvious, and sharing no code with the fast one.</summary>
internal sealed class NaiveClickModel(ModelWeights weights)
{
    private readonly ModelConfiguration _configuration = weights.Configuration;

    /// <summary>One logit per target.</summary>
    public float[] Score(PackedPrompt prompt)
    {
        int d = _configuration.EmbeddingDimension;
        int[] tokens = prompt.Tokens.ToArray();
        bool[,] mask = MaskOracle.Of([prompt], _configuration.ContextLength, _configuration.ContextAttention);
        double[][] x = [.. tokens.Select(token => weights["model.embed_tokens.weight"].Slice(token * d, d).ToArray().Select(w => (double)w).ToArray())];
        x = _configuration.PoolsItems ? Pool(x, prompt) : x;
        double[][] initial = x;
        for (int layer = 0; layer < _configuration.NumberOfLayers; layer++)
        {
            string at = $"model.layers.{layer}.";
            double[][] h = Projected(x, "q"), mixed = Attend(h, Projected(x, "k"), Projected(x, "v"), Projected(initial, "k"), Projected(initial, "v"), tokens, mask, prompt);

            double[][] Projected(double[][] rows, string name) =>
                [.. rows.Select(row => Linear(Norm(row, at + "input_layernorm.weight"), $"{at}self_attn.{name}_proj.weight"))];

            x = [.. x.Zip(mixed, (row, m) => Add(row, Linear(m, at + "self_attn.o_proj.weight")))];
            x = [.. x.Select(row => Add(row, FeedForward(Norm(row, at + "post_attention_layernorm.weight"), at)))];
        }

        return [.. x.Where((_, t) => tokens[t] == SpecialToken.Sum).Select(row => (float)Linear(Norm(row, "model.norm.weight"), "score.weight")[0])];
    }

    /// <summary>[SUM] and outcomes stand behind the items of their interaction.</summary>
    private static double[][] Pool(double[][] x, PackedPrompt prompt)
    {
        double[][] result = [.. x];
        for (int j = 0; j < prompt.InteractionCount; j++)
        {
            int start = prompt.InteractionStarts.Span[j];
            int[] tokens = prompt.Interaction(j).ToArray();
            bool[] isItem = [.. tokens.Select(token => token is not (SpecialToken.Sum or SpecialToken.Click or SpecialToken.NoClick or SpecialToken.Unknown))];
            double[][] items = [.. x[start..(start + tokens.Length)].Where((_, i) => isItem[i])];
            for (int i = 0; i < tokens.Length && items.Length > 0; i++)
            {
                if (!isItem[i])
                {
                    result[start + i] = [.. x[start + i].Select((own, c) => own + items.Average(item => item[c]))];
                }
            }
        }

        return result;
    }

    private double[][] Attend(double[][] q, double[][] k, double[][] v, double[][] initialK, double[][] initialV, int[] tokens, bool[,] mask, PackedPrompt prompt)
    {
        int width = _configuration.HeadDimension;
        var result = q.Select(row => new double[row.Length]).ToArray();
        for (int head = 0; head < _configuration.NumberOfHeads; head++)
        {
            var range = (head * width)..((head + 1) * width);
            for (int t = 0; t < tokens.Length; t++)
            {
                int[] seen = [.. Enumerable.Range(0, t + 1).Where(s => mask[t, s])];
                double[] scores = [.. seen.Select(s => Score(s, t))];
                double[] shares = [.. scores.Select(score => Math.Exp(score - scores.Max()))];
                for (int i = 0; i < seen.Length; i++)
                {
                    double[] value = Reset(v, initialV, seen[i], t);
                    for (int c = 0; c < width; c++)
                    {
                        result[t][range.Start.Value + c] += shares[i] / shares.Sum() * value[c];
                    }
                }
            }

            double Score(int s, int t)
            {
                if (s < prompt.PrefixLength)
                {
                    return Dot(q[t][range], k[s][range]) / Math.Sqrt(width);
                }

                double[] query = Turn(q[t][range], Position(tokens, t)), key = Turn(Reset(k, initialK, s, t), Position(tokens, s));
                return (Dot(query, key) / Math.Sqrt(width)) - Loss(head, tokens, t, s, prompt);
            }

            // As read by t: the further back, the nearer to the initial state.
            double[] Reset(double[][] own, double[][] first, int s, int t)
            {
                int n = _configuration.ContextLength;
                bool reset = _configuration.ContextAttention == ContextAttention.WindowedReset && s >= prompt.PrefixLength && n > 0;
                double share = reset ? (double)(InteractionOf(prompt, t) - InteractionOf(prompt, s)) / n : 0;
                return [.. own[s][range].Zip(first[s][range], (a, b) => ((1 - share) * a) + (share * b))];
            }
        }

        return result;
    }

    private double Loss(int head, int[] tokens, int t, int s, PackedPrompt prompt)
    {
        int heads = _configuration.NumberOfHeads, interactions = InteractionOf(prompt, t) - InteractionOf(prompt, s);
        double slope = Math.Pow(2, -8.0 * (head + 1) / heads);
        return _configuration.PositionEncoding switch
        {
            PositionEncoding.RotaryWithInteractionBias or PositionEncoding.InteractionBias => slope * interactions,
            PositionEncoding.RotaryWithSumBias => tokens[t] == SpecialToken.Sum ? slope * interactions : 0,
            PositionEncoding.TokenBias => slope * (Position(tokens, t) - Position(tokens, s)),
            _ => 0,
        };
    }

    private double[] Turn(double[] x, int position) =>
        _configuration.PositionEncoding is PositionEncoding.TokenBias or PositionEncoding.InteractionBias ? x : Rotate(x, position);

    private static int InteractionOf(PackedPrompt prompt, int token) => prompt.InteractionStarts.ToArray().Count(start => start <= token);

    private static int Position(int[] tokens, int t) => tokens[..t].Count(token => token != SpecialToken.Sum);

    private double[] Rotate(double[] x, int position)
    {
        int half = x.Length / 2;
        var result = new double[x.Length];
        for (int i = 0; i < half; i++)
        {
            double angle = position * Math.Pow(_configuration.RotaryBase, -2.0 * i / x.Length);
            result[i] = (x[i] * Math.Cos(angle)) - (x[i + half] * Math.Sin(angle));
            result[i + half] = (x[i + half] * Math.Cos(angle)) + (x[i] * Math.Sin(angle));
        }

        return result;
    }

    private double[] FeedForward(double[] x, string at)
    {
        var up = Linear(x, at + "mlp.up_proj.weight");
        var gate = Linear(x, at + "mlp.gate_proj.weight");
        return Linear([.. gate.Select((g, i) => g / (1 + Math.Exp(-g)) * up[i])], at + "mlp.down_proj.weight");
    }

    private double[] Norm(double[] x, string name)
    {
        double scale = 1 / Math.Sqrt((x.Sum(v => v * v) / x.Length) + _configuration.NormEpsilon);
        float[] weight = weights[name].ToArray();
        return [.. x.Select((v, i) => v * scale * weight[i])];
    }

    private double[] Linear(double[] x, string name)
    {
        float[] matrix = weights[name].ToArray();   // (outputs, inputs)
        return [.. Enumerable.Range(0, matrix.Length / x.Length).Select(row => x.Select((v, i) => v * matrix[(row * x.Length) + i]).Sum())];
    }

    private static double Dot(double[] a, double[] b) => a.Zip(b, (x, y) => x * y).Sum();

    private static double[] Add(double[] a, double[] b) => [.. a.Zip(b, (x, y) => x + y)];
}
