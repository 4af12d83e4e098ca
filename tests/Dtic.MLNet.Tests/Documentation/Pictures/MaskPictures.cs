using Dtic.MLNet.Model;

namespace Dtic.MLNet.Tests.Documentation.Pictures;

/// <summary>Who attends to whom: a row for each token that asks, a box for each token that it sees.</summary>
internal static class MaskPictures
{
    private const int Cell = 18;

    /// <summary>The mask of the default mode, with words.</summary>
    public static string Mask()
    {
        var picture = new PicturePrompt();
        var svg = new Svg();
        const double Left = 130, Top = 30;
        var stream = picture.Stream();
        svg.Text(Left, 18, "asks ↓  is seen → (the same tokens)", style: "bold");
        for (int t = 0; t < stream.Length; t++)
        {
            svg.Text(Left - 8, Top + (t * Cell) + 13, picture.Word((int)stream.Tokens[t]), "end", "small");
            svg.Text(14, Top + (t * Cell) + 13, t == 0 || stream.Interactions[t] != stream.Interactions[t - 1] ? Role(stream.Interactions[t]) : "", style: "small");
        }

        Matrix(svg, stream, Left, Top, Cell);
        double size = stream.Length * Cell;
        return svg.Document(Left + size + 10, Top + size + 10, "The attention mask with isolated context");

        static string Role(int interaction) => interaction < PicturePrompt.ContextLength ? "context" : $"target {interaction - PicturePrompt.ContextLength + 1}";
    }

    /// <summary>The three context modes side by side; with a reset, the paler a box, the more it is pulled back.</summary>
    public static string ContextModes()
    {
        var picture = new PicturePrompt();
        var svg = new Svg();
        const double Top = 30, Small = 11;
        double x = 10, size = 0;
        foreach (var mode in Enum.GetValues<ContextAttention>())
        {
            var stream = picture.Stream(mode);
            size = stream.Length * Small;
            svg.Text(x, 20, mode.ToString(), style: "bold");
            Matrix(svg, stream, x, Top, Small);
            x += size + 24;
        }

        return svg.Document(x - 14, Top + size + 10, "What context tokens see in the three modes");
    }

    /// <summary>Which outcomes were known when: times on one axis, and a row for each interaction.</summary>
    public static string OutcomeDelay()
    {
        var delay = TimeSpan.FromMinutes(45);
        var picture = new PicturePrompt(delay);
        var known = picture.Prompt.KnownOutcomes.Span;
        var svg = new Svg();
        const double Left = 130, Width = 90, Top = 60, Height = 26;
        svg.Text(Left, 20, "An outcome is known 45 minutes after its interaction", style: "bold");
        for (int j = 0; j < known.Length; j++)
        {
            string name = FormattableString.Invariant($"{PicturePrompt.Movie(j)}, {TimeOnly.MinValue.AddMinutes(1200 + PicturePrompt.Minute(j)):HH\\:mm}");
            svg.Text(Left + ((j + 0.5) * Width), 48, name, "middle");
            svg.Text(Left - 8, Top + (j * Height) + 17, name, "end");
            for (int i = 0; i < j; i++)
            {
                bool inWindow = i >= j - PicturePrompt.ContextLength, seen = inWindow && i < known[j];
                int outcome = picture.Prompt.Interaction(i)[^1];
                svg.Box(Left + (i * Width), Top + (j * Height), Width, Height, seen ? PicturePrompt.Kind(outcome) : "none");
                svg.Text(Left + ((i + 0.5) * Width), Top + (j * Height) + 17, seen ? picture.Word(outcome) : inWindow ? "not known yet" : "too far back", "middle", seen ? "small" : "small pale");
            }
        }

        return svg.Document(Left + (known.Length * Width) + 10, Top + (known.Length * Height) + 10, "Outcomes that an interaction sees");
    }

    private static void Matrix(Svg svg, PromptStream stream, double left, double top, double cell)
    {
        for (int t = 0; t < stream.Length; t++)
        {
            for (int s = stream.FirstKey[t]; s <= t; s++)
            {
                if (!stream.Admits(t, s)) continue;
                double opacity = stream.Attention == ContextAttention.WindowedReset ? 1 - (0.85 * stream.ResetShare(t, s)) : 1;
                svg.Box(left + (s * cell), top + (t * cell), cell, cell, PicturePrompt.Kind((int)stream.Tokens[s]), opacity);
            }
        }

        svg.Box(left, top, stream.Length * cell, stream.Length * cell, "frame");
        for (int t = 1; t < stream.Length; t++)
        {
            if (stream.Interactions[t] == stream.Interactions[t - 1]) continue;
            svg.Line(left, top + (t * cell), left + (stream.Length * cell), top + (t * cell));
            svg.Line(left + (t * cell), top, left + (t * cell), top + (stream.Length * cell));
        }
    }
}
