using System.Text;

namespace Dtic.Transforms.Prompts.Vocabularies;

/// <summary>UTF-16 with unpaired surrogates cannot be written to a file; the replacement character stands for them.</summary>
internal static class WellFormedText
{
    /// <summary>Whether the text has an unpaired surrogate, and then the text with U+FFFD in its place.</summary>
    public static bool NeedsRepair(ReadOnlySpan<char> text, out string repaired)
    {
        repaired = "";
        if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
        {
            return false;
        }
        repaired = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToArray()));
        return !text.SequenceEqual(repaired);
    }
}
