namespace Dtic.MLNet.Tests.Documentation;

/// <summary>C# code of a page.</summary>
/// <param name="Line">Where its first line stands in the page, counted from 1.</param>
/// <param name="Code">The lines.</param>
/// <param name="IsIllustration">Whether it is not run.</param>
internal sealed record CodeBlock(int Line, string Code, bool IsIllustration)
{
    private const string Fence = "```", Hidden = "<!-- csharp", EndOfHidden = "-->";

    /// <summary>The blocks of a page in order: fenced ones whose info string is <c>csharp</c>, and comments that begin with a line <c>&lt;!-- csharp</c>.</summary>
    /// <exception cref="InvalidDataException">A block does not end, or says that it is C# in another way.</exception>
    public static List<CodeBlock> Find(string markdown)
    {
        string[] lines = markdown.Split('\n');
        var blocks = new List<CodeBlock>();
        for (int i = 0; i < lines.Length; i++)
        {
            string line = lines[i].TrimEnd();
            bool isHidden = line == Hidden;
            if (!isHidden && !line.StartsWith(Fence, StringComparison.Ordinal)) continue;
            string info = isHidden ? "csharp" : line[Fence.Length..].Trim();
            int first = i + 1, end = Array.FindIndex(lines, first, l => l.TrimEnd() == (isHidden ? EndOfHidden : Fence));
            if (end < 0) throw new InvalidDataException($"Line {i + 1}: the block has no end.");
            if (info is "csharp" or "csharp illustration") blocks.Add(new CodeBlock(first + 1, string.Join('\n', lines[first..end]), info != "csharp"));
            else if (info.Split(' ')[0].ToLowerInvariant() is "csharp" or "cs" or "c#") throw new InvalidDataException($"Line {i + 1}: '{info}' should be 'csharp', or 'csharp illustration' for code that does not run.");
            i = end;
        }

        return blocks;
    }
}
