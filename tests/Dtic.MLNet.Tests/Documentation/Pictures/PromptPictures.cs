using System.Globalization;
using Dtic.Transforms.Prompts;

namespace Dtic.MLNet.Tests.Documentation.Pictures;

/// <summary>Prompts as rows of tokens.</summary>
internal static class PromptPictures
{
    private const int TokenWidth = 54, TokenHeight = 26, Left = 10;

    /// <summary>Interactions, context, targets, [SUM] and outcomes of one prompt.</summary>
    public static string Prompt()
    {
        var picture = new PicturePrompt();
        var prompt = picture.Prompt;
        var svg = new Svg();
        double x = Left;
        for (int i = 0; i < prompt.InteractionCount; i++)
        {
            double begin = x;
            foreach (int token in prompt.Interaction(i)) x = Token(svg, picture, token, x, 40);
            bool isTarget = i >= PicturePrompt.ContextLength;
            svg.Text((begin + x) / 2, 26, $"interaction {i + 1}", "middle", "bold");
            svg.Text((begin + x) / 2, 86, isTarget ? $"target {i - PicturePrompt.ContextLength + 1}" : "context", "middle");
            x += 8;
        }

        return svg.Document(x + Left, 100, "A prompt: two interactions of context, three targets");
    }

    /// <summary>Three sliding-window prompts and the streaming prompt of the same targets.</summary>
    public static string Packing()
    {
        var picture = new PicturePrompt();
        var prompt = picture.Prompt;
        var targets = new PromptTargets(prompt);
        var svg = new Svg();
        double[] starts = new double[prompt.InteractionCount];
        for (int i = 1; i < starts.Length; i++) starts[i] = starts[i - 1] + (prompt.Interaction(i - 1).Length * TokenWidth) + 8;
        double right = Left + starts[^1] + (prompt.Interaction(starts.Length - 1).Length * TokenWidth);
        svg.Text(Left, 22, "Sliding windows: a prompt for each target", style: "bold");
        int total = 0;
        for (int target = 0; target < targets.Count; target++)
        {
            var window = targets.Slice(target, 1, PicturePrompt.ContextLength);
            Row(window, targets.FirstInteraction(target, PicturePrompt.ContextLength), 34 + (target * (TokenHeight + 8)));
            total += window.Tokens.Length;
        }

        double y = 34 + (targets.Count * (TokenHeight + 8)) + 28;
        svg.Text(Left, y - 12, "The same targets in one streaming prompt", style: "bold");
        Row(prompt, 0, y);
        svg.Text(Left, y + TokenHeight + 24, string.Create(CultureInfo.InvariantCulture,
            $"{total} tokens become {prompt.Tokens.Length}. With n = 20 and k = 50 an interaction is encoded (20 + 50) / 50 = 1.4 times instead of 21 times."));
        return svg.Document(right + 90, y + TokenHeight + 40, "Sliding windows and a streaming prompt");

        void Row(PackedPrompt row, int first, double y)
        {
            for (int i = 0; i < row.InteractionCount; i++)
            {
                double x = Left + starts[first + i];
                foreach (int token in row.Interaction(i)) x = Token(svg, picture, token, x, y);
            }

            svg.Text(right + 10, y + 17, $"{row.Tokens.Length} tokens");
        }
    }

    /// <summary>Where tokens stand: positions that [SUM] does not count, and distances in interactions.</summary>
    public static string Positions()
    {
        var picture = new PicturePrompt();
        var stream = picture.Stream();
        var svg = new Svg();
        int last = stream.SumTokens[^1];
        svg.Text(150, 20, "Seen from the last target's [SUM]", style: "bold");
        foreach (var (label, y) in new[] { ("token", 49.0), ("position", 78), ("interaction", 98), ("distance, tokens", 118), ("distance, interactions", 138) }) svg.Text(140, y, label, "end");
        double x = 150;
        for (int t = 0; t < stream.Length; t++)
        {
            double middle = x + (TokenWidth / 2);
            bool seen = t >= stream.FirstKey[last] && t <= last && stream.Admits(last, t);
            svg.Text(middle, 78, Number(stream.Positions[t]), "middle");
            svg.Text(middle, 98, Number(stream.Interactions[t] + 1), "middle");
            svg.Text(middle, 118, seen ? Number(stream.Positions[last] - stream.Positions[t]) : "–", "middle");
            svg.Text(middle, 138, seen ? Number(stream.Interactions[last] - stream.Interactions[t]) : "–", "middle");
            x = Token(svg, picture, (int)stream.Tokens[t], x, 32);
        }

        return svg.Document(x + Left, 152, "Positions and distances");
    }

    private static double Token(Svg svg, PicturePrompt picture, int token, double x, double y)
    {
        svg.Box(x, y, TokenWidth, TokenHeight, PicturePrompt.Kind(token));
        svg.Text(x + (TokenWidth / 2), y + 17, picture.Word(token), "middle", "small");
        return x + TokenWidth;
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
